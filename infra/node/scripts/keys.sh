#!/bin/sh
# The keys that all controllers of the cluster share: its three certificate authorities and the key of service accounts.
# They are made once, by the first controller, and are never replaced.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
shared='ca.crt ca.key etcd/ca.crt etcd/ca.key front-proxy-ca.crt front-proxy-ca.key sa.key sa.pub'
umask 077

whole() {
  for file in $shared; do [ -s "$1/$file" ] || return 1; done
}
# pack DIRECTORY FILE...: one line a file, its name and its content in base64, so that they are stored all or not at all.
pack() {
  directory=$1
  shift
  for file; do echo "$file $(base64 < "$directory/$file" | tr -d '\n')"; done
}
# unpack FILE DIRECTORY
unpack() {
  while read -r file content; do
    mkdir -p "$2/$(dirname "$file")"
    echo "$content" | base64 -d > "$2/$file.new"
    mv "$2/$file.new" "$2/$file"
  done < "$1"
}

# Another maker's cluster, or what is left of one, has things under this name and no keys of ours.
refuse_others() {
  said=$(aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$PREFIX/" --query 'Contents[].Key' --output text 2>&1) ||
    fail "cannot list $FOLDER/: $said"
  others=$(echo "$said" | tr '\t' '\n' | grep -v -e '^None$' -e '^$' -e "^$PREFIX/boot-log/" -e "^$PREFIX/boot/" | head -n 5 | tr '\n' ' ') || true
  [ -z "$others" ] || fail "$FOLDER/ holds no keys of this cluster but: $others- it is another cluster's. Nothing was written. Give this environment another name, or move those objects away"
  host=$(field apiEndpoint)
  host=${host%:*}
  said=$(aws route53 list-resource-record-sets --hosted-zone-id "$(field hostedZoneId)" --output text \
    --query "ResourceRecordSets[?Name=='$host.'&&Type=='A'].ResourceRecords[].Value" 2>&1) || fail "cannot look for the DNS record $host: $said"
  case $said in '' | None) ;; *) fail "the DNS record $host exists already ($said), and the bucket has no keys of this cluster: it is another cluster's. Nothing was written. Use another domain, or delete that record" ;; esac
}

make() {
  founding=$ETCD/founding-keys
  if ! whole "$founding"; then
    refuse_others
    log "making the keys of cluster $CLUSTER"
    mkdir -p "$founding"
    for phase in ca etcd-ca front-proxy-ca; do
      kubeadm init phase certs "$phase" --cert-dir "$founding" --kubernetes-version "v$(field kubernetesVersion)"
    done
    kubeadm init phase certs sa --cert-dir "$founding"
  fi
  # shellcheck disable=SC2086
  pack "$founding" $shared > "$RUN/keys"
  s3_create pki/shared-keys "$RUN/keys" || log "the cluster has keys already: using those"
}

if ! whole "$PKI"; then
  if ! s3_get pki/shared-keys "$RUN/keys"; then
    # Others would not open what is there, and no machine or service account would be known any more.
    [ ! -e "$ETCD/member" ] || fail "$FOLDER/pki/shared-keys is gone, volume $ETCD_VOLUME_ID has the data of etcd: a version before it is in the bucket's history"
    [ "$NODE_NAME" = "$(controllers | head -n 1)" ] || fail "waiting for $(controllers | head -n 1) to make the keys of cluster $CLUSTER"
    make
    s3_get pki/shared-keys "$RUN/keys" || fail "$FOLDER/pki/shared-keys is gone again"
  fi
  unpack "$RUN/keys" "$RUN/pki"
  whole "$RUN/pki" || fail "$FOLDER/pki/shared-keys is incomplete: a version before it is in the bucket's history"
  unpack "$RUN/keys" "$PKI"
  rm -rf "$RUN/pki" "$RUN/keys"
  rm -rf "$ETCD/founding-keys"
fi

# The certificate of aws-iam-authenticator, which may be switched on at any time: whichever controller needs it first.
if [ "$(field awsIamAuthenticator)" = true ] && [ ! -s "$PKI/aws-iam-authenticator.key" ]; then
  command -v aws-iam-authenticator > /dev/null || fail "the machine image lacks aws-iam-authenticator, which environment.yaml switches on"
  if ! s3_get pki/aws-iam-authenticator "$RUN/keys"; then
    mkdir -p "$RUN/iam"
    (cd "$RUN/iam" && aws-iam-authenticator init -i "$CLUSTER")
    mv "$RUN/iam/cert.pem" "$RUN/iam/aws-iam-authenticator.crt"
    mv "$RUN/iam/key.pem" "$RUN/iam/aws-iam-authenticator.key"
    pack "$RUN/iam" aws-iam-authenticator.crt aws-iam-authenticator.key > "$RUN/keys"
    s3_create pki/aws-iam-authenticator "$RUN/keys" || log "another controller was first: using its certificate"
    s3_get pki/aws-iam-authenticator "$RUN/keys" || fail "$FOLDER/pki/aws-iam-authenticator is gone again"
  fi
  unpack "$RUN/keys" "$PKI"
  rm -rf "$RUN/iam" "$RUN/keys"
fi
