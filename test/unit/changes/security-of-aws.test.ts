import { describe, expect, it } from 'vitest';
import { allow, type Inputs, notes, policy } from './security-changes.ts';

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

  it('quotes no value that the engine holds for secret', () => {
    const found = notes(rolePolicy, { policy: '[secret]' }, { policy: '[secret]' });
    expect(found.join()).not.toContain('secret');
  });
});
