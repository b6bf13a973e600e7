#!/bin/sh
# The machine is the node of its name.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
provider() { kubectl get node "$NODE_NAME" --ignore-not-found -o 'jsonpath={.spec.providerID}'; }

# A node keeps the provider id it was made with: one of the machine before has to go.
old=$(provider) || fail "node $NODE_NAME can't be looked for: $KUBECONFIG, https://$ADDRESS:6443"
if [ -n "$old" ] && [ "$old" != "$PROVIDER_ID" ]; then
  log "deleting node $NODE_NAME of $old"
  kubectl delete node "$NODE_NAME"
  service restart kubelet
fi
registered() { [ "$(provider)" = "$PROVIDER_ID" ]; }
wait_for 120 2 "the kubelet to register $NODE_NAME" registered
if [ ! -e "$RUN/node" ]; then
  kubeadm init phase kubelet-finalize all --config /etc/kubernetes/kubeadm.yaml
  kubeadm init phase mark-control-plane --config /etc/kubernetes/kubeadm.yaml
  : > "$RUN/node"
fi
