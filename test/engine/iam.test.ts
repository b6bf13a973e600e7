import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceRoles } from '../../infra/network/service-permissions.ts';
import type { KubernetesObject, Values } from '../../modules/definition.ts';
import type { RenderedModule } from '../../modules/deploy.ts';
import { type ReleaseId, releaseIds } from '../../releases/release.ts';
import { everything } from './everything.ts';
import { ModulesCluster } from './modules-cluster.ts';

const minutes = 60_000;

/** A pod that takes on an IAM role: which one, and under which service account it runs. */
interface RoleUse {
  /** Object that makes the pod. */
  object: string;
  /** `namespace:service-account`. */
  account: string;
  role: string;
  /** Whether the pod has the token that AWS asks for. */
  token: boolean;
}

/** Every module with all its parts on, from stand-in charts: those have upstream's service accounts. */
describe.each(releaseIds)('pods of %s that talk to AWS', (release: ReleaseId) => {
  let cluster: ModulesCluster;
  let uses: RoleUse[] = [];

  beforeAll(async () => {
    cluster = await ModulesCluster.start(release, 'stand-ins');
    cluster.values[release] = everything(release);
    const rendered = await cluster.render({ release });
    uses = [...rendered.flatMap(({ objects }) => objects.flatMap(roleUses)), ...jenkinsAgents(rendered)];
  }, 2 * minutes);
  afterAll(() => cluster?.stop());

  it('each run under the service account that their role trusts, and have a token for it', () => {
    expect(uses.length).toBeGreaterThan(0);
    const wrong = uses.filter(({ role, account, token }) => !token || consumerOf(role)?.serviceAccounts[0] !== account);
    expect(wrong).toEqual([]);
  });

  it('are all that roles are made for, but for what came with a later release', () => {
    const used = new Set(uses.map(({ account }) => account));
    const trusted = Object.values(serviceRoles).flatMap(({ serviceAccounts }) => serviceAccounts);
    // Elasticsearch takes on a role from 8.1 on, which is for operators of 1.22.
    const later = release === '1.21' ? ['kube-system:addons-external-dns', 'logging:elasticsearch-snapshots'] : [];
    expect(trusted.filter((account) => !used.has(account))).toEqual(later);
  });
});

/** By the ARN that the facts give, or by KubeZero's naming, as in the demo environment's application.yaml. */
function consumerOf(arn: string) {
  return Object.entries(serviceRoles).find(
    ([consumer, { name }]) => arn.endsWith(`:role/demo-${consumer}`) || arn.endsWith(`:role/eu-central-1.demo.${name}`),
  )?.[1];
}

interface Pod {
  serviceAccountName?: string;
  containers?: { env?: { name: string; value?: string; valueFrom?: { fieldRef?: { fieldPath: string } } }[] }[];
  volumes?: { projected?: { sources: { serviceAccountToken?: { audience?: string } }[] } }[];
}

function roleUses(object: KubernetesObject): RoleUse[] {
  return podsOf(object).flatMap((pod) => roleUsesOf(pod, object));
}

function roleUsesOf({ pod, annotations }: PodWithAnnotations, { kind, metadata }: KubernetesObject): RoleUse[] {
  const token = (pod.volumes ?? []).some(({ projected }) =>
    projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken?.audience === 'sts.amazonaws.com'),
  );
  const variables = (pod.containers ?? []).flatMap(({ env = [] }) => env.filter(({ name }) => name === 'AWS_ROLE_ARN'));
  return variables.map(({ value, valueFrom }) => ({
    object: `${kind} ${metadata.name}`,
    account: `${metadata.namespace}:${pod.serviceAccountName ?? 'default'}`,
    role: value ?? annotations[/annotations\['(.+)'\]/.exec(valueFrom?.fieldRef?.fieldPath ?? '')?.[1] ?? ''] ?? '',
    token,
  }));
}

interface PodWithAnnotations {
  pod: Pod;
  annotations: Record<string, string>;
}

/** The pods that an object makes, whatever makes them. */
function podsOf({ kind, spec: given }: KubernetesObject): PodWithAnnotations[] {
  // biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object
  const spec = given as any;
  if (kind === 'Alertmanager') return [{ pod: spec, annotations: spec.podMetadata?.annotations ?? {} }];
  const templates =
    kind === 'Elasticsearch'
      ? spec.nodeSets.map(({ podTemplate }: { podTemplate: unknown }) => podTemplate)
      : [kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template];
  return templates
    .filter((template: { spec?: Pod } | undefined) => template?.spec)
    .map(({ spec: pod, metadata }: { spec: Pod; metadata?: { annotations?: Record<string, string> } }) => ({
      pod,
      annotations: metadata?.annotations ?? {},
    }));
}

/** Jenkins makes its agents itself, from its configuration. */
function jenkinsAgents(rendered: RenderedModule[]): RoleUse[] {
  const module = rendered.find(({ definition }) => definition.id === 'ci')!;
  const { values } = module.manifest.charts.find(({ pin }) => pin.chart === 'jenkins')!;
  const { agent, serviceAccountAgent } = values as { agent: Values; serviceAccountAgent: { name: string } };
  const { envVars, yamlTemplate } = agent as { envVars: { name: string; value: string }[]; yamlTemplate: string };
  return envVars
    .filter(({ name }) => name === 'AWS_ROLE_ARN')
    .map(({ value }) => ({
      object: 'agents of Jenkins',
      account: `${module.manifest.namespace.name}:${serviceAccountAgent.name}`,
      role: value,
      token: /audience: sts\.amazonaws\.com/.test(yamlTemplate),
    }));
}
