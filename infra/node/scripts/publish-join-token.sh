#!/bin/sh
# Hourly: a token of three hours that new workers join with. Only worker machines may read it from the bucket.
. /usr/local/lib/kubezero/node.sh
export KUBECONFIG=/etc/kubernetes/admin.conf
token=$(kubeadm token create --ttl 3h --description "workers, by $(hostname)")
echo "$token" | aws s3 cp - "$BUCKET/join-token"
