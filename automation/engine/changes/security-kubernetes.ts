import { podTraits } from './security-pods.ts';
import { rbacNotes } from './security-rbac.ts';
import { list, record, type Sides } from './sides.ts';

/** Where each kind keeps the pods it starts. */
const podSpecs: Record<string, string> = {
  Pod: 'spec',
  Deployment: 'spec.template.spec',
  StatefulSet: 'spec.template.spec',
  DaemonSet: 'spec.template.spec',
  ReplicaSet: 'spec.template.spec',
  Job: 'spec.template.spec',
  CronJob: 'spec.jobTemplate.spec.template.spec',
};

const byKind: Record<string, (sides: Sides) => string[]> = {
  ClusterRole: (sides) => rbacNotes('ClusterRole', sides),
  Role: (sides) => rbacNotes('Role', sides),
  ClusterRoleBinding: (sides) => rbacNotes('ClusterRoleBinding', sides),
  RoleBinding: (sides) => rbacNotes('RoleBinding', sides),
  ServiceAccount: accountRole,
  Namespace: podSecurity,
  PodSecurityPolicy: (sides) => spec('PodSecurityPolicy', sides),
  NetworkPolicy: (sides) => spec('NetworkPolicy', sides),
  GlobalNetworkPolicy: (sides) => spec('NetworkPolicy', sides),
  CiliumNetworkPolicy: (sides) => spec('NetworkPolicy', sides),
  AuthorizationPolicy: (sides) => spec('AuthorizationPolicy', sides),
  RequestAuthentication: (sides) => spec('RequestAuthentication', sides),
  PeerAuthentication: (sides) => [
    ...spec('PeerAuthentication', sides),
    ...(sides.before('spec.mtls.mode') === 'STRICT' && sides.after('spec.mtls.mode') !== 'STRICT'
      ? ['mutual TLS no longer required']
      : []),
  ],
  ValidatingWebhookConfiguration: webhooks,
  MutatingWebhookConfiguration: webhooks,
  Service: service,
  Ingress: (sides) => (sides.operation === 'delete' ? [] : spec('Ingress', sides)),
  APIService: (sides) =>
    sides.becomes('spec.insecureSkipTLSVerify', true) ? ['API server trusts any certificate of this API'] : [],
};

/** Notes on a change of a Kubernetes object; `kind` as in its manifest. */
export function kubernetesNotes(kind: string, sides: Sides): string[] {
  const pods = podSpecs[kind];
  return [...(byKind[kind]?.(sides) ?? []), ...(pods ? podNotes(pods, sides) : [])];
}

/** The object's `spec` is the reason, whatever in it changes; `X goes` where the object does. */
function spec(label: string, sides: Sides): string[] {
  if (sides.operation === 'delete') return [`${label} goes`];
  return sides.operation === 'create' || sides.changed('spec') ? [label] : [];
}

function accountRole(sides: Sides): string[] {
  const path = 'metadata.annotations["eks.amazonaws.com/role-arn"]';
  if (sides.operation === 'delete' || !sides.changed(path)) return [];
  if (sides.before(path) === undefined) return ['service account takes on an IAM role'];
  return [
    sides.after(path) === undefined && !sides.unknown(path)
      ? 'IAM role of the service account goes'
      : 'another IAM role of the service account',
  ];
}

const levels = ['restricted', 'baseline', 'privileged'];

function podSecurity(sides: Sides): string[] {
  const path = 'metadata.labels["pod-security.kubernetes.io/enforce"]';
  if (sides.operation === 'delete' || !sides.changed(path)) return [];
  // Without the label nothing is enforced.
  const [before, after] = [sides.before(path), sides.after(path)].map((level) =>
    levels.includes(String(level)) ? String(level) : 'none',
  );
  return sides.operation === 'create' ? [`pod security: ${after}`] : [`pod security: ${before} -> ${after}`];
}

function webhooks(sides: Sides): string[] {
  if (sides.operation === 'delete') return ['admission webhook goes'];
  const [before, after] = [sides.before('webhooks'), sides.after('webhooks')].map((side) => list(side).map(record));
  if (sides.operation === 'create') return ['admission webhook'];
  const notes: string[] = [];
  if (before!.length > after!.length) notes.push('admission webhook goes');
  const open = after!.some(
    ({ name, failurePolicy }) =>
      failurePolicy === 'Ignore' &&
      before!.some((other) => other.name === name && (other.failurePolicy ?? 'Fail') === 'Fail'),
  );
  if (open) notes.push('admission webhook lets pass what it can’t check');
  // A renewed certificate changes nothing of what is admitted.
  const content = (side: Record<string, unknown>[]) =>
    JSON.stringify(side.map(({ clientConfig, ...rest }) => ({ ...rest, service: record(clientConfig).service })));
  if (notes.length === 0 && content(before!) !== content(after!)) notes.push('admission webhook');
  return notes;
}

const schemes = [
  'metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-internal"]',
  'metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"]',
];

function service(sides: Sides): string[] {
  if (sides.operation === 'delete') return [];
  const [before, after] = [sides.before('spec.type'), sides.after('spec.type')];
  const notes: string[] = [];
  if (after === 'NodePort' && before !== after && before !== 'LoadBalancer') notes.push('port on every machine');
  if (after !== 'LoadBalancer') return notes;
  if (before !== after) notes.push('load balancer');
  const open = openToAll('after', sides);
  if (open && !openToAll('before', sides)) notes.push('open to 0.0.0.0/0');
  else if (before === after && [...schemes, 'spec.loadBalancerSourceRanges'].some((path) => sides.changed(path)))
    notes.push('who may reach the load balancer');
  return notes;
}

/** Without being told otherwise AWS makes load balancers that face the internet. */
function openToAll(side: 'before' | 'after', sides: Sides): boolean {
  if (sides[side]('spec.type') !== 'LoadBalancer') return false;
  const [internal, scheme] = schemes.map((path) => sides[side](path));
  if (scheme === 'internal' || (internal !== undefined && internal !== 'false')) return false;
  const ranges = list(sides[side]('spec.loadBalancerSourceRanges'));
  return ranges.length === 0 || ranges.includes('0.0.0.0/0');
}

/** What pods may do to their machine that they couldn't before. */
function podNotes(path: string, sides: Sides): string[] {
  if (sides.operation === 'delete') return [];
  const had = podTraits(sides.before(path));
  const notes = [...podTraits(sides.after(path))].filter((trait) => !had.has(trait));
  const account = `${path}.serviceAccountName`;
  if (sides.operation !== 'create' && sides.changed(account)) notes.push('another service account');
  return notes;
}
