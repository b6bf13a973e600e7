#!/bin/sh
# Every hour: what others need of this machine. Each part is tried, whatever became of the ones before.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
[ "$ROLE" = controller ] || exit 0
# shellcheck source=credentials.sh
. "$LIB/credentials.sh"

# The addresses of the controllers whose API server is ready, as Route 53 wants them.
ready() {
  addresses=$(aws ec2 describe-instances --query 'Reservations[].Instances[].PrivateIpAddress' --output text \
    --filters "Name=tag:kubezero/cluster,Values=$CLUSTER" Name=tag:kubezero/role,Values=controller Name=instance-state-name,Values=running)
  values=
  for address in $(echo "$addresses" | tr '\t' '\n' | sort); do
    if curl -sf -m 3 --cacert "$PKI/ca.crt" "https://$address:6443/readyz" > /dev/null; then
      values="$values${values:+,}{\"Value\":\"$address\"}"
    fi
  done
  [ -n "$values" ] || fail "no API server is ready: the DNS record $host stays as it is"
}
# The API's DNS record. It is marked as external-dns's own, which takes it over for Service kubezero-api where it is
# enabled, and keeps it by the minute.
api_record() {
  host=$(field apiEndpoint)
  host=${host%:*}
  mark='\"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/kube-system/kubezero-api\"'
  record() { echo "{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"$host\",\"Type\":\"$1\",\"TTL\":$2,\"ResourceRecords\":[$3]}}"; }
  published=
  ready
  # Another controller may have become ready, and published itself, between the look and the record.
  while [ "$values" != "$published" ]; do
    aws route53 change-resource-record-sets --hosted-zone-id "$(field hostedZoneId)" \
      --change-batch "{\"Changes\":[$(record A 60 "$values"),$(record TXT 300 "{\"Value\":\"$mark\"}")]}" > /dev/null
    published=$values
    ready
  done
}
# AWS checks service account tokens against these two documents.
issuer() {
  location=$(field issuerLocation)
  location=${location#s3://}
  for document in .well-known/openid-configuration openid/v1/jwks; do
    kubectl get --raw "/$document" > "$RUN/document"
    aws s3api put-object --bucket "${location%%/*}" --key "${location#*/}/$document" --body "$RUN/document" \
      --content-type application/json > /dev/null
  done
}
authority() { s3_put pki/ca.crt "$PKI/ca.crt"; }
join_credentials() { publish_join_credentials; }
# The certificate that the step keys made for aws-iam-authenticator, for its pods.
iam_certificate() {
  [ "$(field awsIamAuthenticator)" = true ] || return 0
  kubectl -n kube-system create secret generic aws-iam-certs --dry-run=client -o yaml \
    --from-file=cert.pem="$PKI/aws-iam-authenticator.crt" --from-file=key.pem="$PKI/aws-iam-authenticator.key" |
    kubectl apply -f - > /dev/null
}
# They are good for a year. etcd and the API server read theirs anew; the others are started again.
certificates() {
  [ -e "$ETC/renewing" ] || [ -n "$(find "$PKI/apiserver.crt" -mtime +180)" ] || return 0
  : > "$ETC/renewing"
  log "renewing the certificates of this controller"
  kubeadm certs renew all
  runtime=$(field criSocket)
  for component in kube-controller-manager kube-scheduler; do
    for container in $(crictl -r "$runtime" ps -q --name "$component"); do crictl -r "$runtime" stop "$container"; done
  done
  rm "$ETC/renewing"
}

case ${1:-} in
  '')
    failed=
    for part in api_record issuer authority join_credentials iam_certificate certificates; do
      # A process of its own, so that a failure in the middle of it ends it.
      sh "$0" "$part" || failed="$failed $part"
    done
    [ -z "$failed" ] || fail "not published:$failed (see above)"
    ;;
  *) "$1" ;;
esac
