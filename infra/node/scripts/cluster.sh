#!/bin/sh
# What a new cluster has none of. What is there stays: it may be of a later release than this machine.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
config=/etc/kubernetes/kubeadm.yaml
phase() { kubeadm init phase "$@" --config "$config"; }
# lacks NAMESPACE KIND NAME: true where it provably isn't there.
lacks() {
  there=$(kubectl -n "$1" get "$2" "$3" --ignore-not-found -o name) || fail "$2 $1/$3 can't be looked for"
  [ -z "$there" ]
}

if lacks kube-system configmap kubeadm-config; then
  log "storing the configuration of the cluster"
  phase upload-config kubelet
  phase upload-config kubeadm
fi
# The token that this phase makes is never used: it is the rules for tokens that are needed, which are written last.
if lacks kube-public configmap cluster-info || lacks kube-public rolebinding kubeadm:bootstrap-signer-clusterinfo; then
  phase bootstrap-token
fi
if lacks kube-system daemonset kube-proxy; then phase addon kube-proxy; fi
if lacks kube-system deployment coredns; then
  : > "$ETC/coredns-made"
  phase addon coredns
fi
# CoreDNS as KubeZero has it, where it was just made with kubeadm's own defaults.
if [ -e "$ETC/coredns-made" ]; then
  kubectl -n kube-system patch deployment coredns --patch-file "$ETC/coredns.yaml"
  rm "$ETC/coredns-made"
fi
