#!/bin/sh
# What the boot program and its steps have in common; each reads it with `.`.
# shellcheck disable=SC2034 # for those that read it
set -eu
ETC=/etc/kubezero
RUN=/run/kubezero
LIB=/usr/local/lib/kubezero
LOG=/var/log/kubezero/boot.log
PKI=/etc/kubernetes/pki
ETCD=/var/lib/etcd
NODE=$ETC/templates/node.yaml
FACTS=$RUN/instance.env
CONSOLE=/dev/console

# A flat value of node.yaml; empty where it has none.
field() { sed -n "s/^$1: //p" "$NODE"; }

# Node names of all controllers, in the order of their zones: the first one founds the cluster.
controllers() { sed -n '/^controllers:/,/^[a-z]/s/.*nodeName: //p' "$NODE"; }

# A line for the boot log and the console; the last one is what the state shows.
log() {
  line="kubezero $(basename "$0"): $*"
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $line"
  echo "$*" > "$RUN/message"
  { echo "$line" > "$CONSOLE"; } 2> /dev/null || true
}
fail() {
  log "$*"
  exit 1
}

# wait_for TRIES SECONDS WHAT COMMAND...: until the command succeeds; after that many tries the step fails.
wait_for() {
  tries=$1 pause=$2 what=$3
  shift 3
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "still waiting for $what"
    [ "$((tries % 10))" -ne 0 ] || log "waiting for $what"
    sleep "$pause"
  done
}

# note NAME VALUE: a fact of this boot, for the steps after this one.
note() {
  { [ ! -e "$FACTS" ] || sed "/^$1=/d" "$FACTS"; echo "$1='$2'"; } > "$FACTS.new"
  mv "$FACTS.new" "$FACTS"
}

# Instance metadata; version 2 only, so a token comes first.
metadata() {
  token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token) &&
    curl -sf -m 5 "$@" -H "X-aws-ec2-metadata-token: $token"
}

# s3 OPERATION KEY ARGUMENT...: on an object in the cluster's folder; what the CLI says of a failure is in $said.
s3() {
  operation=$1 key=$2
  shift 2
  said=$(aws s3api "$operation" --bucket "$BUCKET" --key "$PREFIX/$key" "$@" 2>&1 > /dev/null)
}

# s3_get KEY FILE: true with the object in FILE; false where there is provably none. Any other answer ends the step.
s3_get() {
  if s3 get-object "$1" "$2.part"; then
    mv "$2.part" "$2"
    return
  fi
  rm -f "$2.part"
  case $said in *'(NoSuchKey)'*) return 1 ;; esac
  fail "cannot read $FOLDER/$1: $said"
}

# s3_put KEY FILE: stores it, in place of what was there. The bucket encrypts with the cluster's key.
s3_put() { s3 put-object "$1" --body "$2" || fail "cannot write $FOLDER/$1: $said"; }

# s3_create KEY FILE: stores it only where there is nothing yet; false where there is something. Older CLIs don't know
# the condition: they look first, and whoever needs more than that holds something only one machine can have.
s3_create() {
  if s3 put-object "$1" --body "$2" --if-none-match '*'; then return; fi
  case $said in
    *'(PreconditionFailed)'* | *'(412)'*) return 1 ;;
    *'options: --if-none-match'*) ;;
    *) fail "cannot write $FOLDER/$1: $said" ;;
  esac
  if s3 head-object "$1"; then return 1; fi
  case $said in *'(404)'*) s3_put "$1" "$2" ;; *) fail "cannot look for $FOLDER/$1: $said" ;; esac
}

# render FILE...: from its template, with what only the running machine knows.
render() {
  program=
  for name in ADDRESS ZONE NODE_NAME PROVIDER_ID ETCD_VOLUME_ID ETCD_INITIAL_CLUSTER ETCD_CLUSTER_STATE ETCD_SERVERS JOIN_TOKEN; do
    value=
    eval "value=\${$name:-}"
    program="${program}s|\${$name}|$value|g;"
  done
  for file; do
    sed "$program" "$ETC/templates/$(basename "$file")" > "$file.new"
    mv "$file.new" "$file"
  done
}

# etcd ARGUMENT...: etcdctl, asking $endpoint as the API server would.
etcd() {
  # shellcheck disable=SC2154 # whoever calls says which
  etcdctl --endpoints "$endpoint" --cacert "$PKI/etcd/ca.crt" --cert "$PKI/etcd/healthcheck-client.crt" \
    --key "$PKI/etcd/healthcheck-client.key" --command-timeout 8s "$@"
}
# The status of $endpoint, which a member answers without a quorum, too; and a value of it.
status() { status=$(etcd -w fields endpoint status 2> /dev/null); }
value() { echo "$status" | sed -n "s/^\"$1\" : //p" | head -n 1; }
hex() { printf %x "$1"; }

# service ACTION NAME, with the machine's init system.
service() {
  if command -v rc-service > /dev/null; then rc-service "$2" "$1"; else systemctl "$1" "$2"; fi
}
running() {
  if command -v rc-service > /dev/null; then rc-service -q "$1" status; else systemctl -q is-active "$1"; fi > /dev/null 2>&1
}

# From here on a kubelet may start. The container runtime has read its configuration by then, whichever was first.
let_kubelet_start() {
  [ ! -e "$RUN/ready" ] || return 0
  service restart "$(field runtimeService)"
  # shellcheck disable=SC2317 # called by wait_for
  runtime_answers() { crictl --runtime-endpoint "$(field criSocket)" version > /dev/null 2>&1; }
  wait_for 60 1 "the container runtime at $(field criSocket)" runtime_answers
  : > "$RUN/ready"
}

CLUSTER=$(field cluster)
ROLE=$(field role)
BUCKET=$(field backupBucket)
PREFIX=k8s/$CLUSTER
FOLDER=s3://$BUCKET/$PREFIX
AWS_DEFAULT_REGION=$(field region)
AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=5 AWS_PAGER=
KUBECONFIG=/etc/kubernetes/admin.conf
export AWS_DEFAULT_REGION AWS_RETRY_MODE AWS_MAX_ATTEMPTS AWS_PAGER KUBECONFIG
# shellcheck source=/dev/null
if [ -e "$FACTS" ]; then . "$FACTS"; fi
