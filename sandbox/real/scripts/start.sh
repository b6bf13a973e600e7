#!/bin/sh
# start.sh NETNS CGROUP DIRECTORY INIT...: powers a real machine on. Everything it runs is in cgroups of that name, by which it
# is found again; its own root of the cgroups is there, as a machine's is at the top.
# Says `started` on file descriptor 3.
set -eu
netns=$1 cgroup=$2 directory=$3
shift 3
# shellcheck source-path=SCRIPTDIR source=cgroups.sh
. "$(dirname "$0")/cgroups.sh"
make_cgroups "$cgroup"
enter_cgroups "$cgroup"

# The console: what is written to it is kept. Opened for writing as well, so that it doesn't end with who writes.
[ -p "$directory/console" ] || mkfifo "$directory/console"
# Not as a child: the machine's first process is to be the only one.
(cat <> "$directory/console" >> "$directory/console.log" 3>&- &)

# Where this process dies, the machine does.
exec nsenter --net="/run/netns/$netns" unshare --mount --uts --ipc --pid --cgroup --fork --kill-child=SIGKILL \
  sh "$(dirname "$0")/setup.sh" "$directory" "$@"
