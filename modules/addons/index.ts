import { z } from 'zod';
import { awsIdentity, controlPlane, isEnabled, roleArn, withAwsToken } from '../conventions.ts';
import {
  type ChartInstance,
  defineModule,
  type KubernetesObject,
  type ModuleContext,
  type Values,
} from '../definition.ts';
import { mergeValues, moduleKeys, optionalChart, section } from '../schema.ts';
import { clusterBackup } from './cluster-backup.ts';
import { ecrLoginRenew, fuseDevicePlugin, neuronDevicePlugin } from './device-plugins.ts';
import { forseti } from './forseti.ts';
import { apiService, runtimeClass } from './node-runtime.ts';

const image = (name: string, tag?: string) =>
  section({ name: z.string().default(name), tag: tag ? z.string().default(tag) : z.string().optional() }).prefault({});

const values = () =>
  section({
    ...moduleKeys,
    clusterBackup: section({
      enabled: z.boolean().default(false).describe('Hourly etcd snapshot to the backup repository.'),
      repository: z
        .string()
        .default('')
        .describe('Restic repository; default: `k8s/<cluster>/clusterBackup` in the environment’s backup bucket.'),
      password: z.string().default('').describe('Restic passphrase.'),
      image: image('public.ecr.aws/zero-downtime/kubezero-admin').describe('Default tag: the Kubernetes version.'),
      extraEnv: z.array(z.record(z.string(), z.unknown())).default([]).describe('e.g. RESTIC_RETENTION.'),
    }).prefault({}),
    forseti: section({
      enabled: z.boolean().default(false).describe('Deletes Node objects of terminated instances.'),
      image: image('public.ecr.aws/zero-downtime/forseti', 'v0.1.2'),
      aws: section({
        region: z.string().default('').describe('Default: the environment’s region.'),
        iamRoleArn: z.string().default('').describe('Default: the role that the infrastructure made for it.'),
      }).prefault({}),
    }).prefault({}),
    'aws-node-termination-handler': optionalChart(),
    fuseDevicePlugin: section({ enabled: z.boolean().default(false) }).prefault({}),
    // The next three may stand in values of either release, as the migration between them leaves them alone.
    k8sEcrLoginRenew: section({
      enabled: z
        .boolean()
        .default(false)
        .describe('1.21 only: renews ECR pull secrets; from 1.22 the kubelet does it.'),
    }).prefault({}),
    awsNeuron: section({
      enabled: z.boolean().default(false).describe('From 1.22 on: device plugin on inf1 workers.'),
      image: image('public.ecr.aws/neuron/neuron-device-plugin', '1.9.0.0'),
    }).prefault({}),
    'external-dns': optionalChart().describe('From 1.22 on: DNS records, among them the API servers’.'),
  });
export type AddonsValues = z.infer<ReturnType<typeof values>>;

/** Upstream values that KubeZero sets for the node termination handler (queue mode). */
function terminationHandler({ values, all, facts, release }: ModuleContext<AddonsValues>): ChartInstance {
  const defaults: Values = {
    fullnameOverride: 'aws-node-termination-handler',
    ...(release.id === '1.21'
      ? { image: { tag: 'v1.14.1' } }
      : { useProviderId: true, enableSpotInterruptionDraining: false }),
    managedAsgTag: 'aws-node-termination-handler/managed',
    enableSqsTerminationDraining: true,
    enableProbesServer: true,
    deleteLocalData: true,
    ignoreDaemonSets: true,
    taintNode: true,
    emitKubernetesEvents: true,
    queueURL: `https://sqs.${facts.region}.amazonaws.com/${facts.accountId}/${facts.clusterName}_Nth`,
    metadataTries: 0,
    extraEnv: awsIdentity.env(roleArn(facts, 'aws-node-termination-handler')),
    podMonitor: { create: false },
    jsonLogging: true,
    ...controlPlane,
    rbac: { pspEnabled: false },
  };
  const merged = mergeValues(defaults, values['aws-node-termination-handler'], {
    enablePrometheusServer: isEnabled(all, 'metrics'),
  });
  return {
    pin: release.charts['aws-node-termination-handler']!,
    releaseName: 'addons',
    values: merged,
    patch: (object) =>
      object.kind === 'Deployment'
        ? withExtraEnv(withAwsToken(object, 'aws-node-termination-handler'), merged.extraEnv as EnvVar[])
        : object,
  };
}

interface EnvVar {
  name: string;
}

/**
 * Chart 0.16.0 as published takes `extraEnv` for a map and names the variables of our list 0, 1, 2; KubeZero's copy
 * of that version, and 0.18.3, take it for the list that it is.
 */
function withExtraEnv(object: KubernetesObject, extraEnv: EnvVar[]): KubernetesObject {
  const { template } = object.spec as { template: { spec: { containers: { env?: EnvVar[] }[] } } };
  for (const container of template.spec.containers) {
    if (!container.env?.some(({ name }) => /^\d+$/.test(name))) continue;
    container.env = [...container.env.filter(({ name }) => !/^\d+$/.test(name)), ...extraEnv];
  }
  return object;
}

/** Upstream values that KubeZero sets for external-dns; `provider: inmemory` until application.yaml names one. */
function externalDns({ values, facts, release }: ModuleContext<AddonsValues>): ChartInstance {
  const defaults: Values = {
    interval: '3m',
    triggerLoopOnEvent: true,
    ...controlPlane,
    sources: ['service'],
    provider: 'inmemory',
    extraVolumes: [awsIdentity.volume],
    extraVolumeMounts: [awsIdentity.volumeMount],
    env: awsIdentity.env(roleArn(facts, 'external-dns')),
  };
  return {
    pin: release.charts['external-dns']!,
    releaseName: 'addons',
    values: mergeValues(defaults, values['external-dns']),
  };
}

export const addons = defineModule<AddonsValues>({
  id: 'addons',
  purpose: 'Cluster backup, node housekeeping, device plugins and DNS records of the API servers',
  dependsOn: [],
  values,
  manifest(context) {
    const { values } = context;
    const charts: ChartInstance[] = [];
    if (values['aws-node-termination-handler'].enabled) charts.push(terminationHandler(context));
    const since122 = context.release.id !== '1.21';
    const dns = since122 && values['external-dns'].enabled;
    if (dns) charts.push(externalDns(context));
    return {
      namespace: { name: 'kube-system' },
      charts,
      objects: [
        runtimeClass(context),
        ...(dns ? [apiService(context.facts)] : []),
        ...(values.clusterBackup.enabled ? clusterBackup(context) : []),
        ...(values.forseti.enabled ? forseti(context) : []),
        ...(values.fuseDevicePlugin.enabled ? fuseDevicePlugin() : []),
        ...(since122 && values.awsNeuron.enabled ? neuronDevicePlugin(values.awsNeuron.image) : []),
        ...(!since122 && values.k8sEcrLoginRenew.enabled ? ecrLoginRenew() : []),
      ],
    };
  },
});
