import type { ModuleId, Release } from '../releases/release.ts';
import type { ClusterFacts, KubernetesObject, Requirement, Values } from './definition.ts';

/** Operators and controllers run on control-plane nodes. */
export const controlPlane = {
  nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
  tolerations: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }],
};

/** Node agents also run on worker groups that are tainted for their own workloads. */
export const workerGroups = { key: 'kubezero-workergroup', operator: 'Exists', effect: 'NoSchedule' };

const tokenDirectory = '/var/run/secrets/sts.amazonaws.com/serviceaccount/';

/**
 * How a pod becomes an IAM role: a projected service account token that AWS STS accepts, and the environment that
 * points AWS SDKs at it. KubeZero has no pod-identity webhook.
 */
export const awsIdentity = {
  env: (roleArn: string) => [
    { name: 'AWS_ROLE_ARN', value: roleArn },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${tokenDirectory}token` },
    { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
  ],
  volume: {
    name: 'aws-token',
    projected: {
      sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 86400, audience: 'sts.amazonaws.com' } }],
    },
  },
  volumeMount: { name: 'aws-token', mountPath: tokenDirectory, readOnly: true },
};

/** Adds the token volume to a workload whose chart has no value for it, mounted into the named container. */
export function withAwsToken(object: KubernetesObject, container: string): KubernetesObject {
  const copy = structuredClone(object);
  const pod = podSpec(copy);
  if (!pod) return copy;
  const target = pod.containers?.find((c) => c.name === container);
  if (!target) return copy;
  if (!pod.volumes?.some((v) => v.name === 'aws-token')) pod.volumes = [...(pod.volumes ?? []), awsIdentity.volume];
  if (!target.volumeMounts?.some((m) => m.name === 'aws-token')) {
    target.volumeMounts = [...(target.volumeMounts ?? []), awsIdentity.volumeMount];
  }
  return copy;
}

interface PodSpec {
  affinity?: unknown;
  nodeSelector?: Record<string, string>;
  terminationGracePeriodSeconds?: number;
  volumes?: { name: string }[];
  containers?: {
    name: string;
    env?: { name: string; value?: string }[];
    volumeMounts?: { name: string; mountPath: string }[];
  }[];
}

/** The pod spec of a workload; undefined for other objects. */
export function podSpec(object: KubernetesObject): PodSpec | undefined {
  return (object.spec as { template?: { spec?: PodSpec } } | undefined)?.template?.spec;
}

/** Whether application.yaml switches a module on. */
export function isEnabled(all: Values, module: ModuleId): boolean {
  return (all[module] as { enabled?: boolean } | undefined)?.enabled === true;
}

/**
 * That a switch in a module's own values needs another module: the one at this dotted path, where nothing above it is
 * off (`gitea.istio.enabled` counts only while `gitea.enabled` is true).
 */
export function needs<V extends object>(other: ModuleId, key: string): Requirement<V> {
  const path = key.split('.');
  return {
    module: other,
    from(values) {
      let at: unknown = values;
      for (const step of path) {
        const { enabled, [step]: next } = at as Record<string, unknown>;
        if (enabled === false || next === undefined || next === null) return undefined;
        at = next;
      }
      return at ? path : undefined;
    },
  };
}

/** Two replicas and anti-affinity for what runs on the control plane. */
export function isHighlyAvailable(all: Values): boolean {
  return all.HighAvailableControlplane === true;
}

/**
 * The role ARN of an AWS consumer: what application.yaml says, else what the infrastructure layers made for it.
 * Empty when there is neither, which AWS SDKs take as "use the instance's role".
 */
export function roleArn(facts: ClusterFacts, consumer: string, given?: string): string {
  return given || facts.roleArns[consumer] || '';
}

/** Standard labels of KubeZero's own objects; `instance` is the Helm release, where it isn't called as the module is. */
export function standardLabels(
  release: Release,
  module: ModuleId,
  chart = `kubezero-${module}`,
  instance: string = module,
) {
  return {
    'helm.sh/chart': `${chart}-${release.modules[module]}`,
    'app.kubernetes.io/name': chart,
    'app.kubernetes.io/instance': instance,
    'app.kubernetes.io/managed-by': 'kubezero',
    'app.kubernetes.io/part-of': 'kubezero',
  };
}

/** Name that KubeZero's charts give their objects: the release name joined with the chart's unless it is in it. */
export function fullName(releaseName: string, chart: string, override?: string): string {
  const name = override || (releaseName.includes(chart) ? releaseName : `${releaseName}-${chart}`);
  return name.slice(0, 63).replace(/-+$/, '');
}

/** Required: no two pods with this `app` label on one machine. */
export function onePerHost(app: string, key = 'app') {
  return {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector: { matchExpressions: [{ key, operator: 'In', values: [app] }] },
          topologyKey: 'kubernetes.io/hostname',
        },
      ],
    },
  };
}
