#!/bin/sh
# enter.sh CGROUP PID COMMAND...: runs a command in a machine whose first process has that PID.
set -eu
cgroup=$1 pid=$2
shift 2
# shellcheck source-path=SCRIPTDIR source=cgroups.sh
. "$(dirname "$0")/cgroups.sh"
enter_cgroups "$cgroup"
# shellcheck disable=SC2016
exec nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup \
  env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  sh -c 'cd / && exec "$@"' sh "$@"
