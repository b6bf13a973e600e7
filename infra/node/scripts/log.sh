#!/bin/sh
# The boot log goes to the bucket, encrypted by it: it can be read there when nobody can get into the machine.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
[ -n "${INSTANCE_ID:-}" ] || exit 0
tail -c 262144 "$LOG" > "$RUN/log"
s3_put "boot-log/$NODE_NAME/$INSTANCE_ID.log" "$RUN/log"
