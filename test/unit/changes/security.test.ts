import { describe, expect, it } from 'vitest';
import type { Operation, ResourceChange } from '../../../automation/changes/schema.ts';
import { securityNotes } from '../../../automation/changes/security.ts';

type Inputs = Record<string, unknown>;

/** Notes on a change from one set of inputs to another; no first one: a creation, no second one: a deletion. */
function notes(type: string, before: Inputs | undefined, after: Inputs | undefined): string[] {
  const operation: Operation = before ? (after ? 'update' : 'delete') : 'create';
  return securityNotes({ operation, type, name: 'it' } as ResourceChange, {
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  });
}

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string | string[], Resource: string | string[] = '*', extra: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...extra,
});

const rolePolicy = 'aws:iam/rolePolicy:RolePolicy';
const rule = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const template = 'aws:ec2/launchTemplate:LaunchTemplate';
const block = 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock';
const closed = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

describe('security notes of AWS resources', () => {
  it.each<[string, string, Inputs | undefined, Inputs | undefined, string[]]>([
    [
      'a policy that allows more',
      rolePolicy,
      { policy: policy(allow('s3:GetObject', 'arn:aws:s3:::a/*')) },
      { policy: policy(allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::a/*')) },
      ['IAM policy', 'IAM policy: allows s3:PutObject'],
    ],
    [
      'a new policy on everything',
      rolePolicy,
      undefined,
      { policy: policy(allow('ec2:TerminateInstances')) },
      ['IAM policy', 'IAM policy: allows ec2:TerminateInstances on all resources'],
    ],
    [
      'administrators',
      rolePolicy,
      { policy: policy(allow('s3:*')) },
      { policy: policy(allow('*')) },
      ['IAM policy', 'IAM policy: allows every action'],
    ],
    [
      'what a wildcard allowed before is not wider',
      rolePolicy,
      { policy: policy(allow('s3:*')) },
      { policy: policy(allow('s3:GetObject')) },
      ['IAM policy', 'IAM policy: no longer allows s3:*'],
    ],
    [
      'the same actions on all resources',
      rolePolicy,
      { policy: policy(allow('s3:GetObject', 'arn:aws:s3:::a/*')) },
      { policy: policy(allow('s3:GetObject')) },
      ['IAM policy', 'IAM policy: on all resources now'],
    ],
    [
      'a condition that goes',
      rolePolicy,
      { policy: policy(allow('sqs:SendMessage', 'q', { Condition: { Bool: { a: 'true' } } })) },
      { policy: policy(allow('sqs:SendMessage', 'q')) },
      ['IAM policy', 'IAM policy: without a condition now'],
    ],
    [
      'a policy that will only be known later',
      rolePolicy,
      { policy: policy(allow('s3:GetObject')) },
      { policy: unknown },
      ['IAM policy', 'IAM policy: not known yet'],
    ],
    [
      'who may assume a role',
      'aws:iam/role:Role',
      {
        assumeRolePolicy: policy({
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'ec2.amazonaws.com' },
        }),
      },
      { assumeRolePolicy: policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' }) },
      ['IAM role', 'IAM role: for anyone'],
    ],
    ['only tags of a role', 'aws:iam/role:Role', { tags: { a: '1' } }, { tags: { a: '2' } }, []],
    [
      'an attached policy of AWS',
      'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
      undefined,
      { role: 'r', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      ['IAM policy attachment', 'AdministratorAccess'],
    ],
    [
      'an identity provider',
      'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
      undefined,
      { url: 'u' },
      ['identity provider: its tokens may assume roles'],
    ],
    [
      'a rule for everyone',
      rule,
      undefined,
      { ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIpv4: '0.0.0.0/0' },
      ['security group: ingress tcp 22', 'open to 0.0.0.0/0: tcp 22'],
    ],
    [
      'a rule that was for everyone already',
      rule,
      { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIpv4: '0.0.0.0/0' },
      { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIpv4: '0.0.0.0/0', description: 'new' },
      [],
    ],
    [
      'rules inside of a group',
      'aws:ec2/securityGroup:SecurityGroup',
      { ingress: [{ protocol: 'tcp', fromPort: 6443, toPort: 6443, cidrBlocks: ['10.0.0.0/16'] }] },
      { ingress: [{ protocol: '-1', cidrBlocks: ['10.0.0.0/16'], ipv6CidrBlocks: ['::/0'] }] },
      ['security group: ingress', 'open to ::/0: all ports'],
    ],
    [
      'public access opened',
      block,
      closed,
      { ...closed, blockPublicPolicy: false },
      ['public access no longer blocked: blockPublicPolicy'],
    ],
    ['the block itself gone', block, closed, undefined, ['public access no longer blocked']],
    [
      'a bucket for anyone',
      'aws:s3/bucketPolicy:BucketPolicy',
      { policy: policy() },
      { policy: policy(allow('s3:GetObject', 'arn:aws:s3:::a/*', { Principal: '*' })) },
      ['bucket policy', 'bucket policy: for anyone', 'bucket policy: allows s3:GetObject'],
    ],
    [
      'a denial that goes',
      'aws:s3/bucketPolicy:BucketPolicy',
      { policy: policy({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'a' }) },
      { policy: policy() },
      ['bucket policy', 'bucket policy: denies less'],
    ],
    ['a public ACL', 'aws:s3/bucketAcl:BucketAcl', { acl: 'private' }, { acl: 'public-read' }, ['ACL public-read']],
    [
      'a volume no longer encrypted',
      'aws:ebs/volume:Volume',
      { encrypted: true },
      { encrypted: false },
      ['encryption off'],
    ],
    ['another key', 'aws:ebs/volume:Volume', { kmsKeyId: 'a' }, { kmsKeyId: 'b' }, ['another encryption key']],
    [
      'a key that isn’t rotated',
      'aws:kms/key:Key',
      { enableKeyRotation: true },
      { enableKeyRotation: false },
      ['key is no longer rotated'],
    ],
    [
      'a template’s disk and metadata service',
      template,
      { metadataOptions: { httpTokens: 'required' }, blockDeviceMappings: [{ ebs: { encrypted: 'true' } }] },
      {
        metadataOptions: { httpTokens: 'optional', httpPutResponseHopLimit: 2 },
        blockDeviceMappings: [{ ebs: { encrypted: 'false' } }],
      },
      ['encryption off', 'metadata service version 1', 'metadata service within reach of pods'],
    ],
    [
      'a public address',
      template,
      { networkInterfaces: [{ associatePublicIpAddress: 'false' }] },
      { networkInterfaces: [{ associatePublicIpAddress: 'true' }] },
      ['public address'],
    ],
    ['another machine type', template, { instanceType: 'm5.large' }, { instanceType: 'm5.xlarge' }, []],
  ])('%s', (_, type, before, after, expected) => expect(notes(type, before, after)).toEqual(expected));
});

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

  it('quotes no value that the engine holds for secret', () => {
    const found = notes(rolePolicy, { policy: '[secret]' }, { policy: '[secret]' });
    expect(found.join()).not.toContain('secret');
  });
});
