import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../errors/index.ts';
import type { Release } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { find } from '../live/kubernetes/client.ts';
import { adminImage } from './admin-image.ts';
import type { UpgradeContext } from './context.ts';

const namespace = 'kube-system';
const name = 'kubezero-upgrade';
const versionLabel = 'kubezero.com/upgrade-to';

/** Files the upgrade pod brings: `kubeadm.yaml` of the new release, and `coredns.yaml`, the patch of CoreDNS. */
export type UpgradeFiles = Record<'kubeadm.yaml' | 'coredns.yaml', string>;

/** What runs on the controller, as it is in the repository. */
export function upgradeScript(): string {
  return readFileSync(join(repositoryRoot, 'automation/upgrade/upgrade-pod.sh'), 'utf8');
}

/** Whether a pod of an in-place upgrade is there: one that still runs, or that nobody has looked after. */
export async function isUpgradePodThere({ cluster }: Pick<UpgradeContext, 'cluster'>): Promise<boolean> {
  return (await find(cluster.core.readNamespacedPod({ name, namespace }))) !== undefined;
}

/**
 * Upgrades one controller's static pods in place, and with them what kubeadm keeps in the cluster, by a pod on that
 * controller with the admin image. A pod left by a killed run is gone on with.
 * @throws UserError with the pod's message when it fails; the pod is kept for its log.
 */
export async function upgradeInPlace(context: UpgradeContext, controller: string, files: UpgradeFiles): Promise<void> {
  const { cluster, to, act } = context;
  const data = {
    'kubeadm.yaml': files['kubeadm.yaml'],
    'coredns.yaml': files['coredns.yaml'],
    'upgrade.sh': upgradeScript(),
  };
  const existing = await find(cluster.core.readNamespacedPod({ name, namespace }));
  const keep =
    existing &&
    existing.status?.phase !== 'Failed' &&
    existing.metadata?.labels?.[versionLabel] === to.kubernetesVersion;
  if (!keep) {
    if (existing) await remove(context);
    const body = { metadata: { name, namespace }, data };
    if (await find(cluster.core.readNamespacedConfigMap({ name, namespace })))
      await cluster.core.replaceNamespacedConfigMap({ name, namespace, body });
    else await cluster.core.createNamespacedConfigMap({ namespace, body });
    await cluster.core.createNamespacedPod({ namespace, body: upgradePod(to, controller) });
  }
  act(`upgrade control plane to ${to.kubernetesVersion}`, `Node ${controller}`);

  await context.pass({
    name: `in-place upgrade of ${controller}`,
    check: async () => {
      const pod = await find(cluster.core.readNamespacedPod({ name, namespace }));
      const phase = pod?.status?.phase;
      if (phase === 'Succeeded') return [];
      if (!pod || phase === 'Failed') {
        throw new UserError(
          `kubeadm could not upgrade ${controller}: ${pod ? messageOf(pod) : 'its pod was deleted'}`,
          {
            where: `Pod ${namespace}/${name}`,
            state: 'the other controllers still serve at the old version',
            fix: `read kubectl -n ${namespace} logs ${name}; mend the cause, then run the same command again`,
            exitCode: exitCode.blocked,
          },
        );
      }
      return [{ object: `Pod ${namespace}/${name}`, reason: phase ?? 'not started' }];
    },
  });
  await remove(context);
  await find(cluster.core.deleteNamespacedConfigMap({ name, namespace }));
}

/** The pod on a controller that runs the script with the machine's root directory at /host. */
export function upgradePod(to: Release, controller: string): V1Pod {
  return {
    metadata: { name, namespace, labels: { app: name, [versionLabel]: to.kubernetesVersion } },
    spec: {
      restartPolicy: 'Never',
      hostNetwork: true,
      nodeSelector: { 'kubernetes.io/hostname': controller },
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'kubeadm',
          image: adminImage(to),
          command: ['sh', '/config/upgrade.sh'],
          env: [
            { name: 'HOST', value: '/host' },
            { name: 'KUBERNETES_VERSION', value: to.kubernetesVersion },
          ],
          // What it says last is why it failed.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          securityContext: { capabilities: { add: ['SYS_CHROOT'] } },
          volumeMounts: [
            { name: 'host', mountPath: '/host' },
            { name: 'files', mountPath: '/config', readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: 'host', hostPath: { path: '/' } },
        { name: 'files', configMap: { name } },
      ],
    },
  };
}

function messageOf(pod: V1Pod): string {
  const said = pod.status?.containerStatuses?.[0]?.state?.terminated?.message;
  return said?.trim().split('\n').slice(-3).join(' ') ?? pod.status?.message ?? pod.status?.reason ?? 'no message';
}

async function remove({ cluster, signal }: UpgradeContext): Promise<void> {
  await find(cluster.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }));
  while (await find(cluster.core.readNamespacedPod({ name, namespace }))) await setTimeout(300, undefined, { signal });
}
