import { awsIdentity, controlPlane, isEnabled, roleArn, withAwsToken } from '../conventions.ts';
import type { ChartInstance, ModuleContext, Values } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import type { AddonsValues } from './schema.ts';

/** aws-node-termination-handler as KubeZero has it: in queue mode, on the control plane. */
export function terminationHandler({ values, all, facts, release }: ModuleContext<AddonsValues>): ChartInstance {
  const { enabled: _, queueURL, managedAsgTag, ...given } = values['aws-node-termination-handler'];
  const defaults: Values = {
    fullnameOverride: 'aws-node-termination-handler',
    ...(release.id === '1.21'
      ? { image: { tag: 'v1.14.1' } }
      : { useProviderId: true, enableSpotInterruptionDraining: false }),
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
  return {
    pin: release.charts['aws-node-termination-handler']!,
    releaseName: 'addons',
    values: mergeValues(defaults, given, { enablePrometheusServer: isEnabled(all, 'metrics') }),
    patch: (object) => (object.kind === 'Deployment' ? withAwsToken(object, 'aws-node-termination-handler') : object),
  };
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
