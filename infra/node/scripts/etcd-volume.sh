#!/bin/sh
# Attaches this controller's etcd volume, formats it the first time, and mounts it on /var/lib/etcd.
. /usr/local/lib/kubezero/node.sh

volume=$(field etcdVolumeId)
target=/var/lib/etcd
if mountpoint -q "$target"; then
  log "$volume is mounted already"
  exit 0
fi
instance=$(metadata instance-id)

owner() {
  aws ec2 describe-volumes --volume-ids "$volume" --query 'Volumes[0].Attachments[0].InstanceId' --output text
}

# The machine before may still be shutting down.
attached() {
  [ "$(owner)" = "$instance" ] || aws ec2 attach-volume --volume-id "$volume" --instance-id "$instance" --device /dev/sdf
}
retry 60 5 "$volume to be free" attached

# NVMe devices carry the volume id as their serial number, without its dash.
device() {
  for serial in /sys/block/nvme*/device/serial; do
    [ -e "$serial" ] || continue
    if [ "$(tr -d ' ' < "$serial")" = "$(echo "$volume" | tr -d -)" ]; then
      name=${serial#/sys/block/}
      echo "/dev/${name%%/*}"
    fi
  done
  if [ -b /dev/xvdf ]; then echo /dev/xvdf; fi
}
found() { [ -n "$(device)" ]; }
retry 60 1 "the device of $volume" found
device=$(device | head -n 1)

# Only a volume that was never written to is formatted; anything else is data or needs a person.
if [ "$(head -c 1048576 "$device" | tr -d '\000' | wc -c)" -eq 0 ]; then
  log "formatting $volume ($device)"
  mkfs.ext4 -q -L etcd "$device"
fi
mkdir -p "$target"
mount -o noatime "$device" "$target"
chmod 700 "$target"
log "$volume is mounted on $target"
