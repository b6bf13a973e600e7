#!/bin/sh
# Makes the machine the node of its name, and lets the rest of the cluster find it.
. /usr/local/lib/kubezero/node.sh
. /etc/kubezero/instance.env
export KUBECONFIG=/etc/kubernetes/admin.conf

provider() { kubectl get node "$NODE_NAME" --ignore-not-found -o 'jsonpath={.spec.providerID}'; }
restart_kubelet() { if [ -d /run/systemd/system ]; then systemctl restart kubelet; else rc-service kubelet restart; fi; }

# A node keeps the provider id it was made with: one of the machine before has to go.
old=$(provider)
if [ -n "$old" ] && [ "$old" != "$PROVIDER_ID" ]; then
  log "deleting node $NODE_NAME of $old"
  kubectl delete node "$NODE_NAME"
  restart_kubelet
fi
registered() { [ "$(provider)" = "$PROVIDER_ID" ]; }
retry 120 2 "the kubelet to register $NODE_NAME" registered
kubeadm init phase kubelet-finalize all --config /etc/kubernetes/kubeadm.yaml

/usr/local/lib/kubezero/api-record

# The certificate that pki made for aws-iam-authenticator, for its pods.
if [ "$(field awsIamAuthenticator)" = true ] && ! kubectl -n kube-system get secret aws-iam-certs > /dev/null 2>&1; then
  kubectl -n kube-system create secret generic aws-iam-certs \
    --from-file=cert.pem="$PKI/aws-iam-authenticator.crt" --from-file=key.pem="$PKI/aws-iam-authenticator.key"
fi

# AWS checks service account tokens against these two documents.
for document in .well-known/openid-configuration openid/v1/jwks; do
  kubectl get --raw "/$document" | aws s3 cp --content-type application/json - "$(field issuerLocation)/$document"
done

if [ -d /etc/periodic/hourly ]; then hourly=/etc/periodic/hourly; else hourly=/etc/cron.hourly; fi
ln -sf /usr/local/lib/kubezero/api-record "$hourly/kubezero-api-record"
ln -sf /usr/local/lib/kubezero/publish-join-token "$hourly/kubezero-join-token"
"$hourly/kubezero-join-token"
mkdir -p /root/.kube
cp "$KUBECONFIG" /root/.kube/config
