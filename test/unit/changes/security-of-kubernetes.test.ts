import { describe, expect, it } from 'vitest';
import { type Inputs, notes } from './security-changes.ts';

const rbac = (kind: string) => `kubernetes:rbac.authorization.k8s.io/v1:${kind}`;
const deployment = 'kubernetes:apps/v1:Deployment';
const pods = (spec: object) => ({ spec: { template: { spec } } });
const service = 'kubernetes:core/v1:Service';
const role = (...rules: object[]) => ({ metadata: { labels: { 'app.kubernetes.io/version': '1' } }, rules });

describe('security notes of Kubernetes objects', () => {
  it.each<[string, string, Inputs | undefined, Inputs | undefined, string[]]>([
    [
      'everything',
      rbac('ClusterRole'),
      undefined,
      role({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }),
      ['RBAC: ClusterRole allows everything'],
    ],
    [
      'more than before',
      rbac('ClusterRole'),
      role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] }),
      role({ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'] }),
      ['RBAC: ClusterRole allows reading Secrets'],
    ],
    [
      'another harmless resource',
      rbac('Role'),
      role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] }),
      role({ apiGroups: [''], resources: ['pods', 'services'], verbs: ['get'] }),
      ['RBAC: Role'],
    ],
    [
      'only the version label of a role',
      rbac('ClusterRole'),
      role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] }),
      {
        ...role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] }),
        metadata: { labels: { 'app.kubernetes.io/version': '2' } },
      },
      [],
    ],
    [
      'cluster-admin for everybody',
      rbac('ClusterRoleBinding'),
      undefined,
      { roleRef: { name: 'cluster-admin' }, subjects: [{ kind: 'Group', name: 'system:unauthenticated' }] },
      ['RBAC: ClusterRoleBinding', 'cluster-admin', 'for system:unauthenticated'],
    ],
    ['a binding that goes', rbac('RoleBinding'), { roleRef: { name: 'a' } }, undefined, ['RBAC: RoleBinding goes']],
    [
      'what pods gain',
      deployment,
      pods({ containers: [{ name: 'a' }] }),
      pods({
        hostNetwork: true,
        volumes: [{ hostPath: { path: '/var/run' } }],
        containers: [{ name: 'a', securityContext: { privileged: true, capabilities: { add: ['NET_ADMIN'] } } }],
      }),
      ['network of the machine', 'directory of the machine: /var/run', 'privileged container', 'capability NET_ADMIN'],
    ],
    [
      'what pods had already',
      deployment,
      pods({ hostNetwork: true, containers: [{ name: 'a', image: 'a:1' }] }),
      pods({ hostNetwork: true, containers: [{ name: 'a', image: 'a:2' }] }),
      [],
    ],
    [
      'another account',
      deployment,
      pods({ serviceAccountName: 'a' }),
      pods({ serviceAccountName: 'b' }),
      ['another service account'],
    ],
    [
      'the role of an account',
      'kubernetes:core/v1:ServiceAccount',
      { metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'a' } } },
      { metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'b' } } },
      ['another IAM role of the service account'],
    ],
    [
      'a network policy that goes',
      'kubernetes:networking.k8s.io/v1:NetworkPolicy',
      { spec: {} },
      undefined,
      ['NetworkPolicy goes'],
    ],
    [
      'pod security',
      'kubernetes:core/v1:Namespace',
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
      ['pod security: baseline -> privileged'],
    ],
    [
      'a webhook that lets pass',
      'kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration',
      { webhooks: [{ name: 'a', failurePolicy: 'Fail' }] },
      { webhooks: [{ name: 'a', failurePolicy: 'Ignore' }] },
      ['admission webhook lets pass what it can’t check'],
    ],
    [
      'a webhook’s renewed certificate',
      'kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration',
      { webhooks: [{ name: 'a', clientConfig: { caBundle: 'x' } }] },
      { webhooks: [{ name: 'a', clientConfig: { caBundle: 'y' } }] },
      [],
    ],
    [
      'a service that is exposed',
      service,
      { spec: { type: 'ClusterIP' } },
      { spec: { type: 'LoadBalancer' } },
      ['load balancer', 'open to 0.0.0.0/0'],
    ],
    ['a port on machines', service, undefined, { spec: { type: 'NodePort' } }, ['port on every machine']],
    ['an ordinary service', service, undefined, { spec: { type: 'ClusterIP' } }, []],
    [
      'fewer ranges',
      service,
      { spec: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] } },
      { spec: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.1.0.0/16'] } },
      ['who may reach the load balancer'],
    ],
  ])('%s', (_, type, before, after, expected) => expect(notes(type, before, after)).toEqual(expected));
});
