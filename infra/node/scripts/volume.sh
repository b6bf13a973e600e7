#!/bin/sh
# The volume with this controller's etcd member: attached, formatted if it was never used, and mounted. Nothing after this
# step runs without it, so etcd never starts on the root file system.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
volume=$ETCD_VOLUME_ID

# NVMe devices carry the volume's id as their serial number, without its dash.
device() {
  for serial in /sys/block/nvme*/device/serial; do
    [ -e "$serial" ] || continue
    if [ "$(tr -d ' ' < "$serial")" = "$(echo "$volume" | tr -d -)" ]; then
      name=${serial#/sys/block/}
      echo "/dev/${name%%/*}"
      return
    fi
  done
  # Instances without NVMe name it as it was attached; nothing else is ever attached by this name.
  if [ -b /dev/xvdf ]; then echo /dev/xvdf; fi
}
found() { [ -b "$(device)" ]; }

# Zone, state and cluster of the volume, instance that has it and state of that, or a step that ends.
describe() {
  said=$(aws ec2 describe-volumes --volume-ids "$volume" --output text --query \
    "Volumes[0].[AvailabilityZone,State,Attachments[0].InstanceId,Attachments[0].State,Tags[?Key=='kubezero/cluster']|[0].Value]" 2>&1) ||
    fail "cannot look at volume $volume: $said"
  # shellcheck disable=SC2086
  set -- $said
  zone=$1 owner=$3 attachment=$4 cluster=$5
}

if ! found; then
  describe
  # shellcheck disable=SC2153 # a fact of this boot
  [ "$zone" = "$ZONE" ] || fail "volume $volume is in $zone, this machine in $ZONE: the controllers layer must be updated (kubezero up), then terminate this machine"
  [ "$cluster" = "$CLUSTER" ] || fail "volume $volume belongs to cluster $cluster, this machine to $CLUSTER: nothing was touched; the controllers layer must be updated (kubezero up), then terminate this machine"
  if [ "$owner" != "$INSTANCE_ID" ]; then
    # The machine before may still be shutting down.
    [ "$owner" = None ] || fail "volume $volume is $attachment at $owner: waiting for it to be let go. If that machine hangs, stop it in EC2"
    said=$(aws ec2 attach-volume --volume-id "$volume" --instance-id "$INSTANCE_ID" --device /dev/sdf 2>&1) ||
      fail "volume $volume can't be attached: $said"
    log "attaching $volume"
  fi
  wait_for 60 1 "the device of volume $volume to appear" found
fi
device=$(device)

# Where the file system says that it is one, it is left alone. Else it may only be formatted if it was never written to,
# or if a formatting of ours didn't come to its end (mkfs writes what says that it is a file system last).
if ! head -c 1048576 "$device" > "$RUN/head" || [ "$(wc -c < "$RUN/head")" -ne 1048576 ]; then
  fail "volume $volume ($device) can't be read"
fi
magic=$(od -An -tx1 -j 1080 -N 2 "$RUN/head" | tr -d ' ')
if [ "$magic" != 53ef ] && ! mountpoint -q "$ETCD"; then
  [ "$(tr -d '\000' < "$RUN/head" | wc -c)" -eq 0 ] || [ "$(cat "$ETC/formatting" 2> /dev/null)" = "$volume" ] ||
    fail "volume $volume ($device) has data that is no ext4 file system: nothing was touched. Look at it before anything else; the hourly backup is in the bucket"
  log "formatting $volume ($device)"
  echo "$volume" > "$ETC/formatting"
  sync
  mkfs.ext4 -q -F -L etcd "$device"
fi
rm -f "$ETC/formatting" "$RUN/head"

mkdir -p "$ETCD"
mountpoint -q "$ETCD" || mount -t ext4 -o noatime "$device" "$ETCD" || fail "volume $volume ($device) can't be mounted: nothing was touched. \`fsck.ext4 -n $device\` says what is wrong"
mounted=$(awk -v at="$ETCD" '$2 == at { print $1 }' /proc/mounts | tail -n 1)
[ "$mounted" = "$device" ] || fail "$ETCD is $mounted, not volume $volume ($device): refusing to go on"
chmod 700 "$ETCD"
