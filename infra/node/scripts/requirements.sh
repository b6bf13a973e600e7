#!/bin/sh
# What the image must have, and what only the running machine knows.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh

tools='aws crictl curl getent kubeadm kubelet modprobe sysctl'
[ "$ROLE" = worker ] || tools="$tools etcdctl kubectl mkfs.ext4 sha256sum"
missing=
for tool in $tools; do command -v "$tool" > /dev/null || missing="$missing $tool"; done
[ -z "$missing" ] || fail "machine image $(field image) lacks:$missing. Put an image that has them into environment.yaml (images), update the layer and terminate this machine"

read_metadata() {
  INSTANCE_ID=$(metadata http://169.254.169.254/latest/meta-data/instance-id) &&
    ADDRESS=$(metadata http://169.254.169.254/latest/meta-data/local-ipv4) &&
    ZONE=$(metadata http://169.254.169.254/latest/meta-data/placement/availability-zone) &&
    HOST=$(metadata http://169.254.169.254/latest/meta-data/local-hostname) &&
    headers=$(metadata -I http://169.254.169.254/latest/meta-data/instance-id | tr -d '\r')
}
if [ ! -e "$RUN/metadata" ]; then
  wait_for 30 2 "the instance metadata service" read_metadata
  NODE_NAME=$(field nodeName)
  note INSTANCE_ID "$INSTANCE_ID"
  note ADDRESS "$ADDRESS"
  note ZONE "$ZONE"
  note NODE_NAME "${NODE_NAME:-$HOST}"
  note PROVIDER_ID "aws:///$ZONE/$INSTANCE_ID"
  note ETCD_VOLUME_ID "$(field etcdVolumeId)"

  # Certificates and requests to AWS are only good on a clock that is right. Date: Mon, 30 Nov 2026 08:00:00 GMT
  now=$(date -u +%s)
  date=$(echo "$headers" | sed -n 's/^[Dd]ate: *//p')
  # As coreutils read it, else as busybox has to be told.
  there=$([ -z "$date" ] || date -u -d "$date" +%s 2> /dev/null || date -u -D '%a, %d %b %Y %T GMT' -d "$date" +%s) || there=
  [ -n "$there" ] || fail "the instance metadata service doesn't say what time it is"
  apart=$((now - there))
  [ "${apart#-}" -le 300 ] || fail "the clock is $apart seconds off (here $(date -u)); is time synchronisation running?"
  : > "$RUN/metadata"
fi
