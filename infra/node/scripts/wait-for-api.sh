#!/bin/sh
# Until this controller's own API server is ready.
. /usr/local/lib/kubezero/node.sh
. /etc/kubezero/instance.env

ready() { curl -sf --max-time 5 --cacert "$PKI/ca.crt" "https://$ADDRESS:6443/readyz" > /dev/null; }
retry 150 2 "the API server at $ADDRESS" ready
