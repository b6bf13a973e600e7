#!/bin/sh
# setup.sh DIRECTORY INIT...: first process of a real machine, in its namespaces: puts its file systems together, then becomes
# its init. DIRECTORY has root/ (the machine's root file system), dev/, block/ (/sys/block), proc/ (files that cover those of
# the host's kernel), console, binds (lines of `<ro|rw> <here> <there>`), and, where the image has the host's /usr, usr/;
# hidden (paths of that /usr that it doesn't have).
set -eu
directory=$1
shift
root=$directory/root
cgroups=$(awk '$3 == "cgroup" && $2 ~ "^/sys/fs/cgroup/[^/]+$" { print substr($2, 16) "\t" $4 }' /proc/mounts | sort -u)

mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mkdir -p proc sys dev run tmp .host
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,nosuid,nodev run run
mount -t tmpfs -o mode=1777,nosuid,nodev tmp tmp

if [ -d "$directory/usr" ]; then
  mkdir -p "$directory/usr/upper" "$directory/usr/work" usr
  mount -t overlay -o "lowerdir=/usr,upperdir=$directory/usr/upper,workdir=$directory/usr/work" overlay usr
fi
while read -r path; do rm -f ".$path"; done < "$directory/hidden"

mount --bind "$directory/dev" dev
mkdir -p dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
mount -t mqueue mqueue dev/mqueue
: > dev/console
mount --bind "$directory/console" dev/console

# In a cgroup namespace each hierarchy begins with the machine's own cgroup.
mount -t tmpfs -o mode=755,nosuid,nodev,noexec cgroup sys/fs/cgroup
echo "$cgroups" | while IFS="$(printf '\t')" read -r name options; do
  mkdir "sys/fs/cgroup/$name"
  case $options in
    *name=*) mount -t cgroup -o "none,name=$name" cgroup "sys/fs/cgroup/$name" ;;
    *) mount -t cgroup -o "$name" cgroup "sys/fs/cgroup/$name" ;;
  esac
done
mount --bind "$directory/block" sys/block

(cd "$directory/proc" && find . -type f) | while read -r file; do
  if [ -e "proc/$file" ]; then mount --bind "$directory/proc/$file" "proc/$file"; fi
done

while read -r mode here there; do
  if [ -d "$here" ]; then
    mkdir -p ".$there"
  elif [ ! -e ".$there" ]; then
    mkdir -p "$(dirname ".$there")"
    : > ".$there"
  fi
  mount --bind "$here" ".$there"
  [ "$mode" = rw ] || mount -o "remount,bind,$mode" ".$there"
done < "$directory/binds"

pivot_root . .host
# shellcheck disable=SC2016
exec chroot . /bin/sh -c 'umount -l /.host && rmdir /.host; mount --make-rshared /; echo started >&3; exec env -i "$@" 3>&-' sh \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ "$@" < /dev/null > "/dev/console" 2>&1
