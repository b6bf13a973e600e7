#!/bin/sh
# Upgrades the control plane of the controller it runs on, in place, and what kubeadm keeps in the cluster. It runs in a
# pod with the machine's root directory, beside the new release's kubeadm.yaml and coredns.yaml, and may be killed at any
# moment and started again. etcd, the kubelet and the templates that the machine boots from stay as they are: they are
# the new machine's to bring.
# The image has: a POSIX shell, kubectl, and kubeadm of the version that is upgraded to.
set -eu
umask 077
HOST=${HOST:-/host}
FILES=${0%/*}
FACTS=$HOST/run/kubezero/instance.env
MANIFESTS=$HOST/etc/kubernetes/manifests
# Survives a kill; gone when the upgrade is done.
WORK=/etc/kubezero/upgrade
components='kube-apiserver kube-controller-manager kube-scheduler'
export KUBECONFIG="$HOST/etc/kubernetes/admin.conf"

log() { echo "kubezero upgrade: $*"; }
fail() {
  log "$*" >&2
  exit 1
}
# newer A B: whether version A is later than B.
newer() {
  [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -t . -k 1,1n -k 2,2n -k 3,3n | tail -n 1)" = "$1" ]
}
# patiently COMMAND...: API servers are restarting.
patiently() {
  for try in 1 2 3 4 5 6 7 8 9 10; do
    if said=$("$@" 2>&1); then return 0; fi
    [ "$try" = 10 ] || sleep 3
  done
  fail "$1 $2 $3 $4 failed: $(echo "$said" | tail -n 2 | tr '\n' ' ')"
}

# --- what is needed, before anything is changed ---
[ -n "${KUBERNETES_VERSION:-}" ] || fail "the variable KUBERNETES_VERSION isn't set"
for file in kubeadm.yaml coredns.yaml; do
  [ -s "$FILES/$file" ] || fail "the ConfigMap lacks $file"
done
[ -s "$FACTS" ] || fail "/run/kubezero/instance.env isn't there: the boot program hasn't run on this machine (its log: /var/log/kubezero/boot.log)"
# shellcheck source=/dev/null
. "$FACTS"
[ -s "$KUBECONFIG" ] || fail "$NODE_NAME is no controller: it has no /etc/kubernetes/admin.conf"
brought=$(kubeadm version -o short) || fail "the image has no kubeadm that runs"
[ "$brought" = "v$KUBERNETES_VERSION" ] || fail "the image has kubeadm $brought, not v$KUBERNETES_VERSION"
# kubeadm asks the machine's container runtime with it.
crictl=
for directory in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
  [ ! -x "$HOST$directory/crictl" ] || crictl=$directory/crictl
done
[ -n "$crictl" ] || fail "$NODE_NAME has no crictl, which kubeadm needs: nothing was changed. Put an image that has it into environment.yaml (images)"

# kubeadm moves a manifest away before it puts the new one there: killed in between, it leaves none.
for component in $components; do
  [ ! -e "$MANIFESTS/$component.yaml" ] || continue
  kept=
  for file in "$HOST"/etc/kubernetes/tmp/kubeadm-backup-manifests*/"$component.yaml"; do
    # Their names end in the time they were made.
    [ ! -s "$file" ] || kept=$file
  done
  [ -n "$kept" ] || fail "$NODE_NAME has no static pod $component, nor has kubeadm kept one: is it a controller?"
  log "putting back the static pod $component, which a killed upgrade has moved away"
  cp "$kept" "$HOST/etc/kubernetes/$component.yaml.new"
  mv "$HOST/etc/kubernetes/$component.yaml.new" "$MANIFESTS/$component.yaml"
done

# --- never back ---
patiently kubectl -n kube-system get configmap kubeadm-config -o yaml
cluster=$(echo "$said" | sed -n 's/^ *kubernetesVersion: *v*//p' | head -n 1)
[ -n "$cluster" ] || fail "ConfigMap kube-system/kubeadm-config says no Kubernetes version"
if newer "$cluster" "$KUBERNETES_VERSION"; then
  fail "the cluster is at $cluster, which is later than $KUBERNETES_VERSION: nothing was changed"
fi
for component in $components; do
  found=$(sed -n "s/^ *image: .*$component:v*//p" "$MANIFESTS/$component.yaml" | head -n 1)
  [ -n "$found" ] || fail "/etc/kubernetes/manifests/$component.yaml on $NODE_NAME names no image of $component"
  if newer "$found" "$KUBERNETES_VERSION"; then
    fail "$component on $NODE_NAME is at $found, which is later than $KUBERNETES_VERSION: nothing was changed"
  fi
  log "$component on $NODE_NAME is at $found"
done
log "the cluster is at $cluster; upgrading to $KUBERNETES_VERSION"

# --- the new release's configuration, with what only this machine knows ---
mkdir -p "$HOST$WORK"
# shellcheck disable=SC2016 # a placeholder
program='s|${ETCD_CLUSTER_STATE}|existing|g;'
for name in ADDRESS ZONE NODE_NAME PROVIDER_ID ETCD_VOLUME_ID ETCD_INITIAL_CLUSTER ETCD_SERVERS; do
  value=
  eval "value=\${$name:-}"
  [ -n "$value" ] || fail "/run/kubezero/instance.env on this machine says no $name: its boot isn't complete"
  program="${program}s|\${$name}|$value|g;"
done
sed "$program" "$FILES/kubeadm.yaml" > "$HOST$WORK/kubeadm.yaml.new"
# shellcheck disable=SC2016 # any placeholder
left=$(grep -o '${[A-Z_]*}' "$HOST$WORK/kubeadm.yaml.new" | head -n 1) || true
[ -z "$left" ] || fail "kubeadm.yaml has a placeholder that nothing fills: $left"
mv "$HOST$WORK/kubeadm.yaml.new" "$HOST$WORK/kubeadm.yaml"

# The machine's kubelet stays, and with it its configuration, which kubeadm replaces by the new release's.
kubelet=$HOST/var/lib/kubelet/config.yaml
if [ -s "$kubelet" ] && [ ! -e "$HOST$WORK/kubelet.yaml" ]; then
  cp "$kubelet" "$HOST$WORK/kubelet.yaml.new"
  mv "$HOST$WORK/kubelet.yaml.new" "$HOST$WORK/kubelet.yaml"
fi

kubeadm --rootfs "$HOST" upgrade apply "v$KUBERNETES_VERSION" --yes --etcd-upgrade=false \
  --config "$WORK/kubeadm.yaml" --patches /etc/kubernetes/patches ||
  fail "kubeadm upgrade apply failed on $NODE_NAME; what it said is in this pod's log"

if [ -e "$HOST$WORK/kubelet.yaml" ]; then
  cp "$HOST$WORK/kubelet.yaml" "$kubelet.new"
  mv "$kubelet.new" "$kubelet"
fi
log "patching CoreDNS, which kubeadm has set to its own defaults"
patiently kubectl -n kube-system patch deployment coredns --patch-file "$FILES/coredns.yaml"
# kubeadm has renewed the certificate in it.
if [ -e "$HOST/root/.kube/config" ]; then
  log "refreshing root's kubeconfig"
  cp "$KUBECONFIG" "$HOST/root/.kube/config.new"
  mv "$HOST/root/.kube/config.new" "$HOST/root/.kube/config"
fi
rm -rf "$HOST/etc/kubernetes/tmp" "${HOST:?}$WORK"
log "the control plane of $NODE_NAME is at $KUBERNETES_VERSION"
