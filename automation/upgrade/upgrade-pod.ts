import { setTimeout } from 'node:timers/promises';
import type { V1DaemonSet, V1Pod } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../errors/index.ts';
import { find } from '../cluster/client.ts';
import type { UpgradeContext } from './context.ts';

const namespace = 'kube-system';
const image = (context: UpgradeContext) =>
  `public.ecr.aws/zero-downtime/kubezero-admin:v${context.to.kubernetesVersion}`;
const everywhere = [{ operator: 'Exists' }];

/**
 * CNI plugins move from /opt/cni/bin to /usr/libexec/cni with 1.22: a DaemonSet copies them on every node, waits for
 * all, and goes. Upstream deletes it without waiting; a node that missed the copy has no network for new pods.
 */
export async function copyCniBinaries(context: UpgradeContext): Promise<void> {
  const { cluster, act } = context;
  const name = 'kubezero-cni-binaries';
  const body: V1DaemonSet = {
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          tolerations: everywhere,
          hostNetwork: true,
          initContainers: [
            {
              name: 'copy',
              image: image(context),
              command: [
                'sh',
                '-c',
                'mkdir -p /host/usr/libexec/cni && cp -a /host/opt/cni/bin/. /host/usr/libexec/cni/',
              ],
              volumeMounts: [{ name: 'host', mountPath: '/host' }],
              securityContext: { privileged: true },
            },
          ],
          containers: [{ name: 'done', image: image(context), command: ['sleep', '86400'] }],
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        },
      },
    },
  };
  if (!(await find(cluster.apps.readNamespacedDaemonSet({ name, namespace }))))
    await cluster.apps.createNamespacedDaemonSet({ namespace, body });
  act('copy CNI binaries on every node', `DaemonSet ${namespace}/${name}`);
  await context.pass({
    name: 'CNI binaries copied on every node',
    check: async () => {
      const { status, metadata } = await cluster.apps.readNamespacedDaemonSet({ name, namespace });
      const wanted = status?.desiredNumberScheduled ?? 0;
      const seen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && wanted > 0;
      return seen && (status?.numberReady ?? 0) >= wanted
        ? []
        : [{ object: `DaemonSet ${namespace}/${name}`, reason: `${status?.numberReady ?? 0} of ${wanted} nodes` }];
    },
  });
  await find(cluster.apps.deleteNamespacedDaemonSet({ name, namespace, propagationPolicy: 'Background' }));
}

/** Files the upgrade pod brings: `kubeadm.yaml` and `node.yaml` of the new release, and the patch of CoreDNS. */
export type UpgradeFiles = Record<string, string>;

/**
 * What runs on the controller. `configure` (a script of the node's own image contents, see infra/node/scripts) isn't
 * there on 1.21 machines in its 1.22 form, so the placeholders are filled from what the machine noted at its boot.
 */
const script = `set -eu
. /host/etc/kubezero/instance.env
for file in kubeadm.yaml node.yaml; do
  sed -e "s|\\\${ADDRESS}|$ADDRESS|g" -e "s|\\\${NODE_NAME}|$NODE_NAME|g" -e "s|\\\${PROVIDER_ID}|$PROVIDER_ID|g" \\
      -e "s|\\\${ETCD_INITIAL_CLUSTER}|$ETCD_INITIAL_CLUSTER|g" -e "s|\\\${ETCD_CLUSTER_STATE}|existing|g" \\
      -e "s|\\\${ZONE}|$ZONE|g" -e "s|\\\${ETCD_VOLUME_ID}|$ETCD_VOLUME_ID|g" \\
      -e "s|\\\${ETCD_SERVERS}|$ETCD_SERVERS|g" "/config/$file" > "/tmp/$file"
done
cp /tmp/kubeadm.yaml /host/etc/kubernetes/kubeadm.yaml
cp /tmp/node.yaml /host/etc/kubezero/node.yaml
kubeadm --rootfs /host upgrade apply "v$KUBERNETES_VERSION" --yes --etcd-upgrade=false \\
  --config /etc/kubernetes/kubeadm.yaml --patches /etc/kubernetes/patches
kubectl --kubeconfig /host/etc/kubernetes/admin.conf -n kube-system \\
  patch deployment coredns --patch-file /config/coredns.yaml
`;

/**
 * Upgrades one controller's static pods in place, and with them what kubeadm keeps in the cluster, by a pod on that
 * controller with the admin image. A pod left by a killed run is gone on with.
 * @throws UserError with the pod's message when it fails; the pod is kept for its log.
 */
export async function upgradeInPlace(context: UpgradeContext, controller: string, files: UpgradeFiles): Promise<void> {
  const { cluster, to, act, signal } = context;
  const name = 'kubezero-upgrade';
  const data = { ...files, 'upgrade.sh': script };
  const map = { metadata: { name, namespace }, data };
  if (await find(cluster.core.readNamespacedConfigMap({ name, namespace })))
    await cluster.core.replaceNamespacedConfigMap({ name, namespace, body: map });
  else await cluster.core.createNamespacedConfigMap({ namespace, body: map });

  const existing = await find(cluster.core.readNamespacedPod({ name, namespace }));
  if (existing?.status?.phase === 'Failed') await remove(context, name);
  if (!existing || existing.status?.phase === 'Failed')
    await cluster.core.createNamespacedPod({ namespace, body: upgradePod(context, name, controller) });
  act(`upgrade control plane to ${to.kubernetesVersion}`, `Node ${controller}`);

  let failed: V1Pod | undefined;
  await context.pass({
    name: `in-place upgrade of ${controller}`,
    check: async () => {
      const pod = await cluster.core.readNamespacedPod({ name, namespace });
      const phase = pod.status?.phase;
      if (phase === 'Succeeded') return [];
      if (phase === 'Failed') {
        failed = pod;
        throw new UserError(`kubeadm could not upgrade ${controller}: ${messageOf(pod)}`, {
          where: `Pod ${namespace}/${name}`,
          state: 'the other controllers still serve at the old version',
          fix: `read kubectl -n ${namespace} logs ${name}; mend the cause, then run the same command again`,
          exitCode: exitCode.blocked,
        });
      }
      return [{ object: `Pod ${namespace}/${name}`, reason: phase ?? 'not started' }];
    },
  });
  signal.throwIfAborted();
  if (!failed) await remove(context, name);
  await find(cluster.core.deleteNamespacedConfigMap({ name, namespace }));
}

function upgradePod(context: UpgradeContext, name: string, controller: string): V1Pod {
  return {
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      restartPolicy: 'Never',
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      nodeSelector: { 'kubernetes.io/hostname': controller },
      tolerations: everywhere,
      containers: [
        {
          name: 'kubeadm',
          image: image(context),
          command: ['sh', '/config/upgrade.sh'],
          env: [{ name: 'KUBERNETES_VERSION', value: context.to.kubernetesVersion }],
          securityContext: { capabilities: { add: ['SYS_CHROOT'] } },
          volumeMounts: [
            { name: 'host', mountPath: '/host' },
            { name, mountPath: '/config' },
          ],
        },
      ],
      volumes: [
        { name: 'host', hostPath: { path: '/' } },
        { name, configMap: { name } },
      ],
    },
  };
}

function messageOf(pod: V1Pod): string {
  return (
    pod.status?.containerStatuses?.[0]?.state?.terminated?.message ??
    pod.status?.message ??
    pod.status?.reason ??
    'no message'
  );
}

async function remove({ cluster, signal }: UpgradeContext, name: string): Promise<void> {
  await find(cluster.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }));
  while (await find(cluster.core.readNamespacedPod({ name, namespace }))) await setTimeout(300, undefined, { signal });
}
