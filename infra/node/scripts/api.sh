#!/bin/sh
# Until this controller's own API server is ready.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
ready() { curl -sf -m 5 --cacert "$PKI/ca.crt" "https://$ADDRESS:6443/readyz" > /dev/null; }
wait_for 150 2 "the API server at $ADDRESS (its log: /var/log/pods/kube-system_kube-apiserver-$NODE_NAME*)" ready
mkdir -p /root/.kube
[ "$(cat /root/.kube/config 2> /dev/null)" = "$(cat "$KUBECONFIG")" ] || cp "$KUBECONFIG" /root/.kube/config
