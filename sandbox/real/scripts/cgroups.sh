# shellcheck shell=sh
# Read by the scripts beside it with `.`: a machine's cgroups, one in each hierarchy (version 1).

hierarchies() { awk '$3 == "cgroup" && $2 ~ "^/sys/fs/cgroup/[^/]+$" { print $2 }' /proc/mounts | sort -u; }

make_cgroups() {
  for hierarchy in $(hierarchies); do
    mkdir -p "$hierarchy/$1"
    [ -e "$hierarchy/$1/cpuset.cpus" ] || continue
    # Nothing can run in a set without CPUs, and a new one has none.
    cat "$hierarchy/cpuset.cpus" > "$hierarchy/$1/cpuset.cpus"
    cat "$hierarchy/cpuset.mems" > "$hierarchy/$1/cpuset.mems"
  done
}

enter_cgroups() { for hierarchy in $(hierarchies); do echo $$ > "$hierarchy/$1/cgroup.procs"; done; }
