#!/bin/sh
# CoreDNS as KubeZero has it: kubeadm's addon phase, right before this, has set it back to its own defaults.
. /usr/local/lib/kubezero/node.sh
export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl -n kube-system patch deployment coredns --patch-file /etc/kubezero/coredns.yaml
