#!/bin/sh
# Names, kernel modules and settings. Other machines are never written into /etc/hosts: pods get a copy of it when they
# start, and would keep an address that is no longer true.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh

hostname "$NODE_NAME"
echo "$NODE_NAME" > /etc/hostname
names=$NODE_NAME
# A controller's own API server answers for the cluster's name, before DNS can.
api=$(field apiEndpoint)
[ "$ROLE" = worker ] || names="$names ${api%:*}"
{ sed '/ # kubezero$/d' /etc/hosts; echo "$ADDRESS $names # kubezero"; } > /etc/hosts.new
cat /etc/hosts.new > /etc/hosts
rm /etc/hosts.new

while read -r module; do
  modprobe "$module" || fail "kernel module $module can't be loaded: the machine image lacks it"
done < "$ETC/modules"
while read -r setting; do
  sysctl -w "$setting" > /dev/null || fail "kernel setting $setting is refused"
done < "$ETC/sysctls"

# The name that etcd's other members know this one by, whatever machine it runs on.
if [ "$ROLE" = controller ]; then
  name=$NODE_NAME.$(field domain)
  resolves() { [ "$(getent hosts "$name" | awk '{ print $1; exit }')" = "$ADDRESS" ]; }
  # A name that was asked for before it had a record stays unknown to the resolver for minutes.
  if [ ! -e "$ETC/named" ] || ! resolves; then
    log "$name is now $ADDRESS"
    said=$(aws route53 change-resource-record-sets --hosted-zone-id "$(field hostedZoneId)" --change-batch \
      "{\"Changes\":[{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"$name\",\"Type\":\"A\",\"TTL\":10,\"ResourceRecords\":[{\"Value\":\"$ADDRESS\"}]}}]}" 2>&1) ||
      fail "the DNS record of $name can't be set: $said"
    wait_for 60 2 "$name to resolve to $ADDRESS" resolves
    : > "$ETC/named"
  fi
fi
