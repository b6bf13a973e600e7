#!/bin/sh
# The API's DNS record: the addresses of the controllers whose API server is ready. At boot and hourly. It is marked as
# external-dns's own, which takes it over for Service kubezero-api where it is enabled, and keeps it by the minute.
. /usr/local/lib/kubezero/node.sh

host=$(field apiEndpoint)
host=${host%:*}
mark='\"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/kube-system/kubezero-api\"'

addresses() {
  for address in $(controller_addresses | tr '\t' '\n' | sort); do
    if curl -sf --max-time 3 --cacert "$PKI/ca.crt" "https://$address:6443/readyz" > /dev/null; then echo "$address"; fi
  done
}
record() {
  printf '%s' "{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"$host\",\"Type\":\"$1\",\"TTL\":$2,\"ResourceRecords\":[$3]}}"
}

publish() {
  ready=$(addresses)
  [ -n "$ready" ] || return 1
  values=
  for address in $ready; do values="$values${values:+,}{\"Value\":\"$address\"}"; done
  aws route53 change-resource-record-sets --hosted-zone-id "$(field hostedZoneId)" \
    --change-batch "{\"Changes\":[$(record A 60 "$values"),$(record TXT 300 "{\"Value\":\"$mark\"}")]}"
}
retry 20 5 "an API server that is ready, and Route 53" publish
# Controllers that boot at the same time each know of those before them: whoever sees a change publishes again.
for _ in 1 2 3; do
  if [ "$(addresses)" = "$ready" ] || ! publish; then break; fi
done
