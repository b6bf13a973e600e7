#!/bin/sh
# A worker becomes a node of the cluster, once in its life.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
# shellcheck source=credentials.sh
. "$LIB/credentials.sh"
umask 077
render "$ETC/node.yaml"
[ ! -e "$ETC/joined" ] || exit 0

fetch() { s3_get pki/ca.crt "$ETC/ca.crt" && fetch_join_credentials; }
wait_for 30 4 "the controllers to publish $FOLDER/pki/ca.crt and join-token" fetch
mkdir -p /etc/kubernetes
cat > /etc/kubernetes/discovery.yaml << END
apiVersion: v1
kind: Config
clusters:
- name: ''
  cluster:
    server: https://$(field apiEndpoint)
    certificate-authority-data: $(base64 < "$ETC/ca.crt" | tr -d '\n')
END
render /etc/kubernetes/join.yaml

# What a join that was cut off has left.
rm -f /etc/kubernetes/pki/ca.crt /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/kubelet.conf
service stop kubelet > /dev/null 2>&1 || true
let_kubelet_start
kubeadm join --config /etc/kubernetes/join.yaml || fail "kubeadm join failed, see above; the kubelet's log may say more"
: > "$ETC/joined"
rm -f /etc/kubernetes/join.yaml /etc/kubernetes/discovery.yaml
log "joined the cluster as $NODE_NAME"
