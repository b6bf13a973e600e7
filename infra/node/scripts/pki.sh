#!/bin/sh
# Shared keys of the cluster: the first controller makes and stores them, everyone else takes them from the bucket.
. /usr/local/lib/kubezero/node.sh

store=$BUCKET/pki
key=${store#s3://*/}
bucket=$(field backupBucket)

# An error here must not look like an empty bucket: new keys would cut off the whole cluster.
stored() {
  count=$(aws s3api list-objects-v2 --bucket "$bucket" --prefix "$key/complete" --query 'KeyCount' --output text) ||
    fail "cannot read $store"
  [ "$count" = 1 ]
}

if ! stored && [ "$(field nodeName)" = "$(controllers | head -n 1)" ]; then
  log "making the keys of cluster $CLUSTER"
  for phase in ca etcd-ca front-proxy-ca sa; do
    set -- kubeadm init phase certs "$phase"
    [ "$phase" = sa ] || set -- "$@" --kubernetes-version "v$(field kubernetesVersion)"
    "$@"
  done
  if [ "$(field awsIamAuthenticator)" = true ]; then
    (cd /tmp && aws-iam-authenticator init -i "$CLUSTER")
    mv /tmp/cert.pem "$PKI/aws-iam-authenticator.crt"
    mv /tmp/key.pem "$PKI/aws-iam-authenticator.key"
  fi
  # KMS encryption is the bucket's default; the mark comes last, so that a half-done copy doesn't count.
  aws s3 cp --recursive "$PKI" "$store"
  echo "$(field nodeName)" | aws s3 cp - "$store/complete"
fi
retry 120 5 "the first controller to store the keys of the cluster" stored
aws s3 cp --recursive --exclude complete "$store" "$PKI"
chmod 700 "$PKI" "$PKI/etcd"
find "$PKI" -name '*.key' -exec chmod 600 {} +
