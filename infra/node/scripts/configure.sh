#!/bin/sh
# This machine's configuration, and what kubeadm makes of it: certificates, kubeconfigs, static pods.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
umask 077
render "$ETC/node.yaml"
config=/etc/kubernetes/kubeadm.yaml
mkdir -p /var/log/kubernetes
if [ ! -e "$RUN/ready" ]; then
  render "$config"
  # 1.21's phases don't read the folder of patches from their configuration.
  case $(field kubernetesVersion) in
    1.21.*) set -- --experimental-patches /etc/kubernetes/patches ;;
    *) set -- ;;
  esac
  # Keeps those that are there.
  kubeadm init phase certs all --config "$config"
  kubeadm init phase kubeconfig all --config "$config"
  kubeadm init phase etcd local --config "$config" "$@"
  # Once: an upgrade in place may have written those of the next release.
  if [ ! -e "$ETC/control-plane-written" ]; then
    kubeadm init phase control-plane all --config "$config" "$@"
    : > "$ETC/control-plane-written"
  fi
fi
