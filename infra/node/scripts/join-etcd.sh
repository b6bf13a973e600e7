#!/bin/sh
# Until this controller's etcd member serves with a vote, and the bucket records which member it is.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
endpoint=https://$ADDRESS:2379
wait_for 150 2 "etcd at $ADDRESS (its log: /var/log/pods/kube-system_etcd-$NODE_NAME*)" status
member=$(hex "$(value MemberID)")
if [ "$(value IsLearner)" = true ]; then
  others=$(echo "$ETCD_SERVERS" | cut -d, -f2-)
  # Only a member with a vote can promote; one that was promoted before this is none any more.
  promoted() { (endpoint=$others && etcd member promote "$member") || { status && [ "$(value IsLearner)" = false ]; }; }
  wait_for 150 2 "etcd member $member to have caught up" promoted
  log "etcd member $member has a vote"
fi
healthy() { etcd endpoint health > /dev/null 2>&1; }
wait_for 150 2 "a quorum of etcd members" healthy

record="$(hex "$(value ClusterID)") $member $ETCD_VOLUME_ID"
if [ "$(cat "$ETC/member" 2> /dev/null)" != "$record" ]; then
  echo "$record" > "$RUN/member"
  s3_put "etcd/members/$NODE_NAME" "$RUN/member"
  echo "$record" > "$ETC/member"
fi
