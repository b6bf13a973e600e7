import { since } from '../../releases/range.ts';
import {
  awsIdentity,
  controlPlane,
  isEnabled,
  isHighlyAvailable,
  onePerHost,
  podSpec,
  roleArn,
  withAwsToken,
  workerGroups,
} from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import type { StorageValues } from './schema.ts';

/** The upstream charts of storage that application.yaml switches on, with KubeZero's values. */
export function storageCharts(context: ModuleContext<StorageValues>): ChartInstance[] {
  const { values } = context;
  return [
    ...(values['aws-ebs-csi-driver'].enabled ? [ebs(context)] : []),
    ...(values['aws-efs-csi-driver'].enabled ? [efs(context)] : []),
    ...(values['lvm-localpv'].enabled ? [lvm(context)] : []),
    ...(values.gemini.enabled ? [gemini(context)] : []),
  ];
}

function ebs({ release, values, all, facts }: ModuleContext<StorageValues>): ChartInstance {
  const highlyAvailable = isHighlyAvailable(all);
  const storageClass = (type: string, isDefault: boolean) => ({
    name: `ebs-sc-${type}-xfs`,
    ...(isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}),
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
    parameters: { 'csi.storage.k8s.io/fstype': 'xfs', type, encrypted: 'true' },
  });
  return {
    pin: release.charts['aws-ebs-csi-driver']!,
    releaseName: 'storage',
    values: {
      // From 1.6 on the plugin panics on Nitro machines ("could not get number of attached ENIs").
      ...(since(release, '1.22') ? { image: { tag: 'v1.5.3' } } : {}),
      controller: {
        replicaCount: highlyAvailable ? 2 : 1,
        logLevel: 2,
        defaultFsType: 'xfs',
        ...controlPlane,
        k8sTagClusterId: (all.ClusterName as string | undefined) || facts.clusterName,
        env: awsIdentity.env(roleArn(facts, 'aws-ebs-csi-driver', values['aws-ebs-csi-driver'].IamArn)),
        resources: { requests: { cpu: '10m', memory: '24Mi' }, limits: { memory: '40Mi' } },
        ...(highlyAvailable && since(release, '1.22') ? { affinity: onePerHost('ebs-csi-controller') } : {}),
      },
      node: {
        tolerations: [workerGroups],
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
      },
      storageClasses: [storageClass('gp2', false), storageClass('gp3', true)],
    },
    patch: (object) => (object.kind === 'Deployment' ? withAwsToken(object, 'ebs-plugin') : object),
  };
}

function efs({ release, values, all, facts }: ModuleContext<StorageValues>): ChartInstance {
  const highlyAvailable = isHighlyAvailable(all);
  const env = awsIdentity.env(roleArn(facts, 'aws-efs-csi-driver', values['aws-efs-csi-driver'].IamArn));
  const newer = since(release, '1.22');
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'node.kubernetes.io/csi.efs.fs', operator: 'Exists' }] }],
      },
    },
  };
  return {
    pin: release.charts['aws-efs-csi-driver']!,
    releaseName: 'storage',
    values: mergeValues(
      {
        replicaCount: newer && highlyAvailable ? 2 : 1,
        controller: {
          create: true,
          logLevel: 2,
          ...controlPlane,
          extraEnv: env,
          ...(newer && highlyAvailable ? { affinity: onePerHost('efs-csi-controller') } : {}),
          ...(newer && !highlyAvailable ? { updateStrategy: 'Recreate' } : {}),
        },
        node: {
          logLevel: 2,
          resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          affinity,
          tolerations: [workerGroups],
        },
      },
      { storageClasses: values['aws-efs-csi-driver'].storageClasses },
    ),
    patch: (object) => patchEfs(object, env, affinity, newer && !highlyAvailable),
  };
}

/** The chart has no values for the controller's environment and strategy, and ties the node pods to EKS. */
function patchEfs(
  object: KubernetesObject,
  env: { name: string; value: string }[],
  affinity: unknown,
  recreate: boolean,
): KubernetesObject {
  if (object.kind === 'DaemonSet') {
    const copy = structuredClone(object);
    podSpec(copy)!.affinity = affinity;
    return copy;
  }
  if (object.kind !== 'Deployment') return object;
  const copy = withAwsToken(object, 'efs-plugin');
  const plugin = podSpec(copy)?.containers?.find((container) => container.name === 'efs-plugin');
  if (plugin) {
    const names = new Set(env.map((entry) => entry.name));
    plugin.env = [...(plugin.env ?? []).filter((entry) => !names.has(entry.name)), ...env];
  }
  // On its own it can't be rolled: the new pod needs the host ports of the old one.
  if (recreate) (copy.spec as Record<string, unknown>).strategy = { type: 'Recreate' };
  return copy;
}

function lvm({ release, values, all }: ModuleContext<StorageValues>): ChartInstance {
  const { enabled: _, storageClass: __, ...given } = values['lvm-localpv'];
  return {
    pin: release.charts['lvm-localpv']!,
    releaseName: 'storage',
    values: mergeValues(
      {
        lvmNode: { logLevel: 2, nodeSelector: { 'node.kubernetes.io/lvm': 'openebs' }, tolerations: [workerGroups] },
        lvmController: { logLevel: 2, ...controlPlane },
        analytics: { enabled: false },
      },
      given,
      { prometheus: { enabled: isEnabled(all, 'metrics') } },
    ),
    // The module has one snapshot controller for all drivers.
    patch(object) {
      if (object.kind !== 'StatefulSet') return object;
      const copy = structuredClone(object);
      const pod = podSpec(copy)!;
      pod.containers = pod.containers?.filter((container) => container.name !== 'snapshot-controller');
      return copy;
    },
  };
}

function gemini({ release, values }: ModuleContext<StorageValues>): ChartInstance {
  const { enabled: _, ...given } = values.gemini;
  return {
    pin: release.charts.gemini!,
    releaseName: 'storage',
    values: mergeValues(
      { resources: { requests: { memory: '32Mi', cpu: '20m' }, limits: { memory: '128Mi', cpu: '400m' } } },
      given,
    ),
    patch(object) {
      if (object.kind !== 'Deployment') return object;
      const copy = structuredClone(object);
      Object.assign(podSpec(copy)!, controlPlane);
      return copy;
    },
  };
}
