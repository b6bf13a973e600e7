#!/bin/sh
# Backs up the cluster from one of its controllers, every hour: the CronJob kubezero-backup runs it there. A snapshot of
# etcd by this controller's own member, proved to be restorable; the keys that all controllers share; how the machine and
# the cluster are configured. The manifest latest.json is written last and names them all: what it doesn't name is no
# backup. Then this one member is defragmented.
# The image has: a POSIX shell, base64, sha256sum, etcdctl and etcdutl (3.5 or later), kubectl and the AWS CLI.
set -eu
umask 077
HOST=${HOST:-/host}
PKI=$HOST/etc/kubernetes/pki
FACTS=$HOST/run/kubezero/instance.env
LOCK=kubezero-backup

log() { echo "kubezero backup: $*"; }
fail() {
  log "$*" >&2
  exit 1
}
# The first lines of what a command said, on one.
brief() { grep -v '"level":"info"' "$1" | head -n 5 | cut -c1-400 | tr '\n' ' ' || true; }

for tool in aws base64 etcdctl etcdutl kubectl sha256sum; do
  command -v "$tool" > /dev/null || fail "the image lacks $tool: addons.clusterBackup.image has to name one that has it"
done
for name in BUCKET CLUSTER FOLDER; do
  eval "[ -n \"\${$name:-}\" ]" || fail "the variable $name isn't set"
done
[ -s "$FACTS" ] || fail "/run/kubezero/instance.env isn't there: the boot program hasn't run on this machine (its log: /var/log/kubezero/boot.log)"
# shellcheck source=/dev/null
. "$FACTS"
owner=$(sed -n 's/^cluster: //p' "$HOST/etc/kubezero/node.yaml")
[ "$owner" = "$CLUSTER" ] || fail "this machine is of cluster '$owner', and the backup is of $CLUSTER: nothing was stored"

export ETCDCTL_API=3
export ETCDCTL_ENDPOINTS="${ETCDCTL_ENDPOINTS:-https://$ADDRESS:2379}"
export ETCDCTL_CACERT="$PKI/etcd/ca.crt"
export ETCDCTL_CERT="$PKI/etcd/healthcheck-client.crt"
export ETCDCTL_KEY="$PKI/etcd/healthcheck-client.key"
export AWS_RETRY_MODE="${AWS_RETRY_MODE:-standard}" AWS_MAX_ATTEMPTS="${AWS_MAX_ATTEMPTS:-6}" AWS_PAGER=
export KUBECONFIG="$HOST/etc/kubernetes/admin.conf"

# One backup at a time in the whole cluster, or two members might be defragmented at once. A lock that a killed one
# leaves is free after a minute.
if [ "${1:-}" != locked ]; then
  said=$(etcdctl --command-timeout 15s endpoint health 2>&1) ||
    fail "etcd on $NODE_NAME doesn't answer as part of a quorum: $(echo "$said" | tail -n 2 | cut -c1-400 | tr '\n' ' ')"
  log "waiting for the lock $LOCK"
  exec etcdctl lock --ttl 60 "$LOCK" sh "$0" locked
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM
output=$work/output
time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
: > "$work/objects"

# number FILE NAME: of etcdutl's JSON.
number() { sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" "$1"; }

# The one place that knows where backups go. upload NAME FILE: stores the file under that name, and sees that it is there.
upload() {
  key=$FOLDER/$1
  size=$(wc -c < "$2" | tr -d ' ')
  aws s3api put-object --bucket "$BUCKET" --key "$key" --body "$2" > "$output" 2>&1 ||
    fail "cannot write s3://$BUCKET/$key: $(brief "$output")"
  stored=$(aws s3api head-object --bucket "$BUCKET" --key "$key" --query ContentLength --output text 2> "$output") ||
    fail "cannot look at s3://$BUCKET/$key, which was just written: $(brief "$output")"
  [ "$stored" = "$size" ] || fail "s3://$BUCKET/$key has $stored bytes, not the $size that were written"
}

# keep NAME FILE: stores it as a part of this backup.
keep() {
  upload "$time/$1" "$2"
  sum=$(sha256sum < "$2")
  echo "{\"key\":\"$key\",\"size\":$size,\"sha256\":\"${sum%% *}\"}" >> "$work/objects"
}

# pack FILE...: one line a file, its name and its content in base64, as the keys are kept in the bucket.
pack() {
  for file; do
    [ -s "$PKI/$file" ] || fail "the key /etc/kubernetes/pki/$file is missing on $NODE_NAME: nothing counts as backed up"
    echo "$file $(base64 < "$PKI/$file" | tr -d '\n')"
  done
}

# --- etcd, by this controller's own member ---
etcdctl member list -w json --hex > "$work/members" 2> "$output" || fail "etcd doesn't list its members: $(brief "$output")"
cluster_id=$(sed -n 's/.*"cluster_id":"\([0-9a-f]*\)".*/\1/p' "$work/members")
member_id=$(sed -n 's/.*"member_id":"\([0-9a-f]*\)".*/\1/p' "$work/members")
[ -n "$cluster_id$member_id" ] || fail "etcdctl is too old: version 3.5 or later is needed"
etcdctl snapshot save "$work/etcd.db" > "$output" 2>&1 || fail "etcd on $NODE_NAME gives no snapshot: $(brief "$output")"
etcdutl snapshot status "$work/etcd.db" -w json > "$work/status" 2> "$output" ||
  fail "the snapshot of etcd can't be read: $(brief "$output")"
revision=$(number "$work/status" revision)
hash=$(number "$work/status" hash)
# A snapshot that can't be restored is none: checks its digest and makes a member of it.
etcdutl snapshot restore "$work/etcd.db" --data-dir "$work/scratch" --name scratch \
  --initial-cluster scratch=http://127.0.0.1:1 --initial-advertise-peer-urls http://127.0.0.1:1 > "$output" 2>&1 ||
  fail "the snapshot of etcd can't be restored: $(brief "$output")"
etcdutl snapshot status "$work/scratch/member/snap/db" -w json > "$work/restored" 2> "$output" ||
  fail "what was restored of the snapshot can't be read: $(brief "$output")"
[ "$(number "$work/restored" revision)" = "${revision:-unknown}" ] ||
  fail "the snapshot of etcd is at revision $revision, what is restored of it at $(number "$work/restored" revision)"
rm -rf "$work/scratch"
log "etcd member $member_id of cluster $cluster_id: snapshot at revision $revision, restored into a scratch member"

# --- keys ---
pack ca.crt ca.key etcd/ca.crt etcd/ca.key front-proxy-ca.crt front-proxy-ca.key sa.key sa.pub > "$work/shared-keys"
# Only where aws-iam-authenticator is on.
if [ -e "$PKI/aws-iam-authenticator.key" ]; then
  pack aws-iam-authenticator.crt aws-iam-authenticator.key > "$work/aws-iam-authenticator"
fi

# --- configuration ---
kubectl -n kube-system get configmap kubeadm-config -o yaml > "$work/kubeadm-config.yaml" 2> "$output" ||
  fail "the API server doesn't give ConfigMap kube-system/kubeadm-config: $(brief "$output")"
version=$(sed -n 's/^ *kubernetesVersion: *//p' "$work/kubeadm-config.yaml" | head -n 1)
[ -n "$version" ] || fail "ConfigMap kube-system/kubeadm-config says no Kubernetes version"
for file in /etc/kubezero/node.yaml /etc/kubernetes/kubeadm.yaml; do
  [ -s "$HOST$file" ] || fail "$file is missing on $NODE_NAME: nothing counts as backed up"
done

keep etcd.db "$work/etcd.db"
keep pki/shared-keys "$work/shared-keys"
[ ! -e "$work/aws-iam-authenticator" ] || keep pki/aws-iam-authenticator "$work/aws-iam-authenticator"
keep kubeadm-config.yaml "$work/kubeadm-config.yaml"
keep kubeadm.yaml "$HOST/etc/kubernetes/kubeadm.yaml"
keep node.yaml "$HOST/etc/kubezero/node.yaml"

# --- the manifest: from here on it is a backup ---
cat > "$work/latest.json" << END
{
  "format": 1,
  "time": "$time",
  "cluster": "$CLUSTER",
  "node": "$NODE_NAME",
  "kubernetesVersion": "$version",
  "etcd": {
    "clusterId": "$cluster_id",
    "memberId": "$member_id",
    "revision": $revision,
    "hash": $hash,
    "totalKeys": $(number "$work/status" totalKey)
  },
  "objects": [
$(sed -e 's/^/    /' -e '$!s/$/,/' "$work/objects")
  ]
}
END
upload "$time/manifest.json" "$work/latest.json"
upload latest.json "$work/latest.json"
log "stored s3://$BUCKET/$FOLDER/$time/ ($(wc -l < "$work/objects" | tr -d ' ') objects, Kubernetes $version)"

# --- this member gives back the room of what was deleted; it doesn't answer meanwhile, so all others have to ---
if ! etcdctl --command-timeout 15s endpoint health --cluster > "$output" 2>&1; then
  log "not defragmented, since not every etcd member is healthy: $(grep -i unhealthy "$output" | head -n 3 | cut -c1-300 | tr '\n' ' ')"
else
  etcdctl --command-timeout 120s defrag > "$output" 2>&1 ||
    fail "the backup is complete, but etcd on $NODE_NAME can't be defragmented: $(brief "$output")"
  log "defragmented etcd on $NODE_NAME"
fi
