# shellcheck shell=sh
# How a machine proves to the cluster that it may join: a short-lived token that only machines of the cluster may read from
# the bucket. The one place that knows.

# By controllers, every hour.
publish_join_credentials() {
  umask 077
  kubeadm token create --ttl 3h --description "workers, by $NODE_NAME" > "$RUN/join-token"
  s3_put join-token "$RUN/join-token"
  rm -f "$RUN/join-token"
}

# By workers: sets JOIN_TOKEN, or is false where there is none yet.
fetch_join_credentials() {
  umask 077
  s3_get join-token "$RUN/join-token" || return 1
  # shellcheck disable=SC2034 # for join.yaml
  JOIN_TOKEN=$(cat "$RUN/join-token")
  rm -f "$RUN/join-token"
}
