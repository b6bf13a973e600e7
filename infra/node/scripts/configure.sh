#!/bin/sh
# Fills in what only the running machine knows: its address, its name, and on controllers its place among the etcd members.
. /usr/local/lib/kubezero/node.sh

ENV=/etc/kubezero/instance.env
ADDRESS=$(metadata local-ipv4)
ZONE=$(metadata placement/availability-zone)
PROVIDER_ID=aws:///$ZONE/$(metadata instance-id)
NODE_NAME=$(field nodeName)
ETCD_VOLUME_ID=$(field etcdVolumeId)
[ -n "$NODE_NAME" ] || NODE_NAME=$(metadata local-hostname)
ETCD_INITIAL_CLUSTER='' ETCD_CLUSTER_STATE='' ETCD_SERVERS='' JOIN_TOKEN=''
hostname "$NODE_NAME"
while read -r module; do modprobe "$module"; done < /etc/modules-load.d/kubezero.conf

peer=https://$ADDRESS:2380
# etcdctl against the other controllers; this one's etcd isn't running yet.
members() {
  etcdctl --endpoints "$others" --cacert "$PKI/etcd/ca.crt" --cert "$PKI/etcd/healthcheck-client.crt" \
    --key "$PKI/etcd/healthcheck-client.key" --command-timeout 5s "$@"
}

# Client URLs of the other controllers whose etcd answers.
find_others() {
  others=
  for address in $(controller_addresses); do
    [ "$address" != "$ADDRESS" ] || continue
    url=https://$address:2379
    if (others=$url && members endpoint health) > /dev/null 2>&1; then found=$found${found:+,}$url; fi
  done
}

founded() { aws s3 ls "$BUCKET/etcd-founded" > /dev/null; }

# Sets ETCD_INITIAL_CLUSTER and ETCD_CLUSTER_STATE; fails where this has to be tried again.
join_etcd() {
  found=
  find_others
  others=$found
  if [ -z "$others" ]; then
    ETCD_INITIAL_CLUSTER=$NODE_NAME=$peer
    if [ -d /var/lib/etcd/member ]; then
      ETCD_CLUSTER_STATE=existing
    elif ! founded && [ "$NODE_NAME" = "$(controllers | head -n 1)" ]; then
      log "founding the etcd cluster"
      ETCD_CLUSTER_STATE=new
      echo "$NODE_NAME" | aws s3 cp - "$BUCKET/etcd-founded"
    else
      return 1
    fi
    return 0
  fi
  ETCD_CLUSTER_STATE=existing
  # id, status, name, peer URLs, client URLs, learner; a member that never started has no name
  line=$(members member list | sed 's/, /|/g' | awk -F'|' -v n="$NODE_NAME" -v p="$peer" '$3 == n || $4 == p')
  id=${line%%|*}
  if [ -n "$id" ] && [ ! -d /var/lib/etcd/member ] && [ "$(echo "$line" | cut -d'|' -f3)" = "$NODE_NAME" ]; then
    log "member $id lost its data: removing it"
    members member remove "$id" || return 1
    id=
  fi
  if [ -z "$id" ]; then
    rm -rf /var/lib/etcd/member
    members member add "$NODE_NAME" --peer-urls "$peer" || return 1
  elif [ "$(echo "$line" | cut -d'|' -f4)" != "$peer" ]; then
    log "member $id moves to $peer"
    members member update "$id" --peer-urls "$peer" || return 1
  fi
  ETCD_INITIAL_CLUSTER=$(members member list | sed 's/, /|/g' |
    awk -F'|' -v n="$NODE_NAME" -v p="$peer" '{ printf "%s%s=%s", s, ($4 == p ? n : $3), $4; s = "," }')
}

if [ "$ROLE" = controller ]; then
  kubeadm init phase certs etcd-healthcheck-client --kubernetes-version "v$(field kubernetesVersion)"
  retry 120 5 "a running etcd member to join" join_etcd
  ETCD_SERVERS=https://$ADDRESS:2379${others:+,$others}
  # Its own API server answers for the cluster's name on a controller, before DNS can.
  api=$(field apiEndpoint)
  grep -q " ${api%:*}\$" /etc/hosts || echo "$ADDRESS ${api%:*}" >> /etc/hosts
  mkdir -p /var/log/kubernetes
else
  mkdir -p "$PKI"
  fetch() { aws s3 cp "$BUCKET/pki/ca.crt" "$PKI/ca.crt" && JOIN_TOKEN=$(aws s3 cp "$BUCKET/join-token" -); }
  retry 120 5 "the controllers to publish a join token" fetch
  cat > /etc/kubernetes/discovery.yaml <<END
apiVersion: v1
kind: Config
clusters:
- name: ''
  cluster:
    server: https://$(field apiEndpoint)
    certificate-authority-data: $(base64 < "$PKI/ca.crt" | tr -d '\n')
END
fi

names='ADDRESS ZONE NODE_NAME PROVIDER_ID ETCD_VOLUME_ID ETCD_INITIAL_CLUSTER ETCD_CLUSTER_STATE ETCD_SERVERS'
umask 077
: > "$ENV"
for name in $names; do
  eval "echo \"$name='\$$name'\"" >> "$ENV"
done
for file in "$NODE" /etc/kubernetes/kubeadm.yaml /etc/kubernetes/join.yaml; do
  [ -f "$file" ] || continue
  for name in $names JOIN_TOKEN; do
    eval "value=\$$name"
    sed -i "s|\${$name}|$value|g" "$file"
  done
done
log "configured $NODE_NAME at $ADDRESS"
