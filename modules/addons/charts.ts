import { since } from '../../releases/range.ts';
import { awsIdentity, controlPlane, isEnabled, podSpec, roleArn, withAwsToken } from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext, Values } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import type { AddonsValues } from './schema.ts';

/** aws-node-termination-handler as KubeZero has it: in queue mode, on the control plane. */
export function terminationHandler({ values, all, facts, release }: ModuleContext<AddonsValues>): ChartInstance {
  const { enabled: _, queueURL, managedAsgTag, ...given } = values['aws-node-termination-handler'];
  const defaults: Values = {
    fullnameOverride: 'aws-node-termination-handler',
    ...(since(release, '1.22')
      ? { useProviderId: true, enableSpotInterruptionDraining: false }
      : { image: { tag: 'v1.14.1' } }),
    managedAsgTag: managedAsgTag || `aws-node-termination-handler/${facts.clusterName}`,
    enableSqsTerminationDraining: true,
    enableProbesServer: true,
    deleteLocalData: true,
    ignoreDaemonSets: true,
    taintNode: true,
    emitKubernetesEvents: true,
    queueURL: queueURL || `https://sqs.${facts.region}.amazonaws.com/${facts.accountId}/${facts.clusterName}_Nth`,
    // The metadata service is closed to pods.
    metadataTries: 0,
    extraEnv: awsIdentity.env(roleArn(facts, 'aws-node-termination-handler')),
    podMonitor: { create: false },
    jsonLogging: true,
    ...controlPlane,
    rbac: { pspEnabled: false },
  };
  const merged = mergeValues(defaults, given, { enablePrometheusServer: isEnabled(all, 'metrics') });
  return {
    pin: release.charts['aws-node-termination-handler']!,
    releaseName: 'addons',
    values: merged,
    patch: (object) =>
      object.kind === 'Deployment'
        ? asShipped(withAwsToken(object, 'aws-node-termination-handler'), merged.extraEnv as EnvVar[])
        : object,
  };
}

interface EnvVar {
  name: string;
}

interface Labelled {
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> } };
}

/**
 * Chart 0.16.0 as published isn't what KubeZero shipped under that version: it takes `extraEnv` for a map, and calls
 * the variables of our list 0, 1 and 2; and it selects pods by other labels, which can't be changed in a cluster.
 */
function asShipped(object: KubernetesObject, extraEnv: EnvVar[]): KubernetesObject {
  const containers = (podSpec(object)?.containers ?? []) as { env?: EnvVar[] }[];
  for (const container of containers) {
    if (!container.env?.some(({ name }) => isIndex(name))) continue;
    container.env = [...container.env.filter(({ name }) => !isIndex(name)), ...extraEnv];
  }
  const { selector, template } = object.spec as Labelled;
  for (const labels of [selector?.matchLabels, template.metadata?.labels]) {
    if (!labels || !('kubernetes.io/os' in labels)) continue;
    delete labels['kubernetes.io/os'];
    labels['app.kubernetes.io/component'] = 'deployment';
  }
  return object;
}

function isIndex(name: unknown): boolean {
  return /^\d+$/.test(String(name));
}

/** external-dns on the control plane; `provider: inmemory` until application.yaml names one. */
export function externalDns({ values, facts, release }: ModuleContext<AddonsValues>): ChartInstance {
  const { enabled: _, ...given } = values['external-dns'];
  const defaults: Values = {
    interval: '3m',
    triggerLoopOnEvent: true,
    ...controlPlane,
    sources: ['service'],
    extraVolumes: [awsIdentity.volume],
    extraVolumeMounts: [awsIdentity.volumeMount],
    env: awsIdentity.env(roleArn(facts, 'external-dns')),
  };
  return {
    pin: release.charts['external-dns']!,
    releaseName: 'addons',
    values: mergeValues(defaults, given),
  };
}
