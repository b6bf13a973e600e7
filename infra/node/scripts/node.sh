#!/bin/sh
# The machine is the node of its name.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
provider() { kubectl get node "$NODE_NAME" --ignore-not-found -o 'jsonpath={.spec.providerID}'; }
# What a kubelet registers has none of the control plane's labels and taints yet, in whichever pass of this boot.
register_anew() {
  rm -f "$RUN/node"
  service restart kubelet
}

# A node keeps the provider id it was made with: one of the machine before has to go.
old=$(provider) || fail "node $NODE_NAME can't be looked for: $KUBECONFIG, https://$ADDRESS:6443"
if [ -n "$old" ] && [ "$old" != "$PROVIDER_ID" ]; then
  log "deleting node $NODE_NAME of $old"
  kubectl delete node "$NODE_NAME"
  register_anew
fi
registered() { [ "$(provider)" = "$PROVIDER_ID" ]; }
# A kubelet that took the node of the machine before for its own doesn't register again when that is deleted under it: whoever
# looks after machines that are gone may do so a moment later.
gone() { node=$(provider) && [ -z "$node" ]; }
if ! (wait_for 30 2 "the kubelet to register $NODE_NAME" registered) && gone; then
  log "restarting the kubelet: its node $NODE_NAME is gone"
  register_anew
fi
wait_for 90 2 "the kubelet to register $NODE_NAME" registered
if [ ! -e "$RUN/node" ]; then
  kubeadm init phase kubelet-finalize all --config /etc/kubernetes/kubeadm.yaml
  kubeadm init phase mark-control-plane --config /etc/kubernetes/kubeadm.yaml
  : > "$RUN/node"
fi
