#!/bin/sh
# This controller's place among the members of etcd: by what is on its volume, what the members say, and what the bucket
# records. Members know each other by names that outlive machines. Data is never deleted here.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
# Settled before the kubelet started in this boot.
[ ! -e "$RUN/ready" ] || exit 0

domain=$(field domain)
own=https://$NODE_NAME.$domain
first=$(controllers | head -n 1)
kubeadm init phase certs etcd-healthcheck-client --kubernetes-version "v$(field kubernetesVersion)" > /dev/null

# varint: the next number of $bytes, as protocol buffers have it, into $number; what is left stays in $bytes.
varint() {
  number=0 shift=0
  while :; do
    byte=${bytes%% *}
    bytes=${bytes#* }
    number=$((number | (byte & 127) << shift))
    shift=$((shift + 7))
    [ "$byte" -gt 127 ] || return 0
  done
}
# size RECORD: of the record that begins there, with its head: eight bytes of which the first is its length, and the last
# says how far it is padded.
size() {
  size=$((8 + $1))
  [ "$8" -lt 128 ] || size=$((size + ($8 & 7)))
}
# ids FILE: "<cluster id> <member id>" of the data, by the head of a write-ahead log: a record with a checksum, then one of
# type 1 whose data are member id (field 1) and cluster id (field 2). Nothing where the first log of all ends after the third,
# which etcd writes as it makes the file: it was killed before it wrote anything, knows no members, and would wait for ever.
ids() {
  file=$1
  bytes=$(od -An -v -tu1 -N 128 "$1" | tr -s ' \n' ' ')
  # shellcheck disable=SC2086
  set -- $bytes
  [ $# -eq 128 ] && [ "$1" -lt 32 ] || return 1
  size "$@"
  shift "$size"
  bytes="$* "
  for byte in 1 2 3 4 5 6 7 8; do bytes=${bytes#* }; done
  varint # tag of the type
  varint
  [ "$number" = 1 ] || return 1
  varint # tag of the checksum
  varint
  varint # tag of the data
  varint
  varint # tag of the member id
  varint
  member=$number
  varint # tag of the cluster id
  varint
  size "$@"
  shift "$size"
  size "$@"
  shift "$size"
  [ $# -ge 8 ] || return 1
  case $file in */0000000000000000-0000000000000000.wal) [ $(($1 + $2 + $3 + $4 + $5 + $6 + $7 + $8)) -gt 0 ] || return 0 ;; esac
  echo "$(hex "$number") $(hex "$member")"
}

# aside WHY: what is on the volume is kept, under a name that etcd doesn't look at.
aside() {
  kept=$ETCD/member.stale-$(date -u +%Y%m%dT%H%M%SZ)
  log "moving this volume's etcd data to $kept: $1"
  mv "$ETCD/member" "$kept"
  have=
}

have=
for wal in "$ETCD"/member/wal/*.wal; do
  [ -e "$wal" ] || continue
  have=$(ids "$wal") || fail "the etcd data on volume $ETCD_VOLUME_ID can't be read ($wal): nothing was touched"
  break
done
# A first start that was cut off before anything was written.
if [ -z "$have" ] && [ -e "$ETCD/member" ]; then
  aside "nothing was written to it"
fi

# A member that answers for a quorum, and what it says.
others=
for name in $(controllers); do
  [ "$name" != "$NODE_NAME" ] || continue
  others=$others,https://$name.$domain:2379
done
answering=
for endpoint in $(echo "${others#,}" | tr ',' ' '); do
  if etcd endpoint health > /dev/null 2>&1; then
    answering=$endpoint
    break
  fi
done
endpoint=$answering

# As etcdctl lists them: id, status, name, peer URLs, client URLs, whether it is a learner.
list_members() {
  said=$(etcd member list 2>&1) || fail "the members of etcd can't be listed at $endpoint: $said"
  # Warnings of a call that was tried again are no members.
  members=$(echo "$said" | sed -n '/^[0-9a-f]*, /s/, /|/gp')
}
# Members as --initial-cluster wants them; one that hasn't started yet has no name but that of its URL.
initial_cluster() {
  echo "$members" | awk -F'|' -v domain=".$domain:2380" '{
    name = $3
    if (name == "") { name = $4; sub("^https://", "", name); i = index(name, domain); if (i) name = substr(name, 1, i - 1) }
    printf "%s%s=%s", s, name, $4; s = "," }'
}

if [ -n "$answering" ]; then
  list_members
  status || fail "etcd says nothing of its status at $endpoint"
  cluster=$(hex "$(value ClusterID)")
  if [ -n "$have" ] && [ "${have% *}" != "$cluster" ]; then
    fail "volume $ETCD_VOLUME_ID has the data of etcd cluster ${have% *}, the running one is $cluster: nothing was touched. Attach the volume of this cluster, or move $ETCD/member away"
  fi
  known=$(echo "$members" | awk -F'|' -v n="$NODE_NAME" -v p="$own:2380" '$3 == n || $4 == p')
  [ "$(echo "$known" | grep -c .)" -le 1 ] || fail "etcd has more than one member $NODE_NAME: $(echo "$known" | cut -d'|' -f1 | tr '\n' ' '). Remove the one that isn't ${have#* } (etcdctl member remove)"
  id=${known%%|*}
  if [ -n "$have" ] && [ "${have#* }" != "$id" ]; then
    if echo "$members" | grep -q "^${have#* }|"; then
      fail "volume $ETCD_VOLUME_ID has the data of etcd member ${have#* }, which is $(echo "$members" | grep "^${have#* }|" | cut -d'|' -f3), not $NODE_NAME: nothing was touched"
    fi
    aside "the cluster has removed member ${have#* }"
  fi
  if [ -z "$have" ] && [ -n "$id" ] && [ -n "$(echo "$known" | cut -d'|' -f3)" ]; then
    # Its volume is mounted, proven to be this controller's, and empty.
    log "member $id has lost its data: removing it"
    said=$(etcd member remove "$id" 2>&1) || fail "etcd member $id can't be removed: $said"
    id=
  fi
  if [ -z "$id" ]; then
    log "joining the etcd cluster $cluster"
    # One learner at a time, and none while a member is away: another controller may be joining.
    added() { etcd member add "$NODE_NAME" --learner --peer-urls "$own:2380"; }
    wait_for 60 2 "etcd to take $NODE_NAME as a new member (its answer: see above)" added
    list_members
  elif [ "$(echo "$known" | cut -d'|' -f4)" != "$own:2380" ]; then
    log "member $id is now known as $own:2380"
    said=$(etcd member update "$id" --peer-urls "$own:2380" 2>&1) || fail "etcd member $id can't be updated: $said"
    list_members
  fi
  note ETCD_CLUSTER_STATE existing
  note ETCD_INITIAL_CLUSTER "$(initial_cluster)"
elif [ -n "$have" ]; then
  # All members may be starting now. Where the bucket can't be read, the volume's own word has to do: it starts nothing new.
  if (s3_get "etcd/members/$NODE_NAME" "$RUN/member") && [ "$(cut -d' ' -f1,2 "$RUN/member")" != "$have" ]; then
    fail "volume $ETCD_VOLUME_ID has the data of etcd cluster and member $have, recorded for $NODE_NAME is $(cat "$RUN/member"): nothing was touched. Attach the volume of this controller; if this one is right, delete $FOLDER/etcd/members/$NODE_NAME"
  fi
  note ETCD_CLUSTER_STATE existing
  note ETCD_INITIAL_CLUSTER "$(controllers | sed "s|.*|&=https://&.$domain:2380|" | tr '\n' ',' | sed 's/,$//')"
else
  [ "$NODE_NAME" = "$first" ] || fail "waiting for a member of etcd that answers: $(echo "${others#,}" | tr ',' ' ')"
  # Only the first controller founds, and only once: the bucket knows whether, and on which volume.
  echo "$NODE_NAME $ETCD_VOLUME_ID" > "$RUN/founded"
  if ! s3_create etcd/founded "$RUN/founded"; then
    s3_get etcd/founded "$RUN/founded.before" || fail "$FOLDER/etcd/founded is gone again"
    [ "$(cut -d' ' -f2 "$RUN/founded.before")" = "$ETCD_VOLUME_ID" ] ||
      fail "no member of etcd answers, and this cluster was founded on another volume ($(cat "$RUN/founded.before")): not founding a second one. Bring that volume's controller up or restore the backup. To begin anew without its data: aws s3 mv --recursive $FOLDER/etcd $FOLDER/etcd-before"
    for name in $(controllers); do
      if s3_get "etcd/members/$name" "$RUN/member"; then
        fail "no member of etcd answers, and volume $ETCD_VOLUME_ID, on which this cluster was founded, is empty: not founding a second one. Bring the other controllers up or restore the backup. To begin anew without its data: aws s3 mv --recursive $FOLDER/etcd $FOLDER/etcd-before"
      fi
    done
  fi
  log "founding the etcd cluster of $CLUSTER"
  note ETCD_CLUSTER_STATE new
  note ETCD_INITIAL_CLUSTER "$NODE_NAME=$own:2380"
fi
note ETCD_SERVERS "https://$ADDRESS:2379$others"
