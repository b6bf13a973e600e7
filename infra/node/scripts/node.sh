#!/bin/sh
# Read by the scripts beside it with `.`: what they have in common. Needs curl and the AWS CLI.
set -eu
NODE=/etc/kubezero/node.yaml
PKI=/etc/kubernetes/pki

# A flat value of node.yaml.
field() { sed -n "s/^$1: //p" "$NODE"; }

# Node names of all controllers, in the order of their zones.
controllers() { sed -n '/^controllers:/,/^[a-z]/s/.*nodeName: //p' "$NODE"; }

# Private addresses of the cluster's running controllers, this one among them.
controller_addresses() {
  aws ec2 describe-instances --query 'Reservations[].Instances[].PrivateIpAddress' --output text \
    --filters "Name=tag:kubezero/cluster,Values=$CLUSTER" Name=tag:kubezero/role,Values=controller \
    Name=instance-state-name,Values=running
}

log() { echo "kubezero $(basename "$0"): $*"; }
fail() { log "$*" >&2; exit 1; }

# retry TRIES SECONDS WHAT COMMAND...: until the command succeeds; says what it waits for.
retry() {
  tries=$1 pause=$2 what=$3
  shift 3
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "gave up on: $what"
    log "waiting for $what"
    sleep "$pause"
  done
}

# Instance metadata; version 2 only, so a token comes first.
metadata() {
  token=$(curl -sfX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

AWS_DEFAULT_REGION=$(field region)
export AWS_DEFAULT_REGION
CLUSTER=$(field cluster)
ROLE=$(field role)
BUCKET=s3://$(field backupBucket)/k8s/$CLUSTER
