#!/bin/sh
# The kubelet, and with it on controllers etcd and the control plane.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
let_kubelet_start
if [ "$ROLE" = controller ] && [ ! -e "$RUN/kubelet" ]; then
  kubeadm init phase kubelet-start --config /etc/kubernetes/kubeadm.yaml
  : > "$RUN/kubelet"
fi
if ! running kubelet; then
  log "starting the kubelet"
  service start kubelet
fi
