import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { Environment } from '../stacks/environment.ts';
import type { NetworkOutputs } from '../stacks/outputs.ts';
import { policy, type Statement, trustedBy } from './policy.ts';
import { roleName, tags } from './tags.ts';

/** Role of the machines themselves, and the profile that gives it to them. Pods don't have it: they can't reach the metadata service. */
export function createMachineRole(
  environment: Environment,
  name: 'controller' | 'worker',
  statements: Statement[],
  options: CustomResourceOptions,
): InstanceProfile {
  const fullName = roleName(environment.region, environment.name, name);
  const role = new Role(
    name,
    {
      name: fullName,
      description: `${name}s of cluster ${environment.name}`,
      assumeRolePolicy: trustedBy('ec2'),
      tags: tags(environment.name, name),
    },
    options,
  );
  new RolePolicy(name, { role: role.id, policy: policy(...pullImages, ...statements) }, options);
  return new InstanceProfile(name, { name: fullName, role: role.name, tags: tags(environment.name, name) }, options);
}

const pullImages: Statement[] = [
  {
    Sid: 'PullImages',
    Action: [
      'ecr:GetAuthorizationToken',
      'ecr:BatchCheckLayerAvailability',
      'ecr:GetDownloadUrlForLayer',
      'ecr:BatchGetImage',
    ],
    Resource: '*',
  },
];

/** ARN of what a cluster keeps in its bucket. */
function clusterObjects({ backupBucket, environment }: NetworkOutputs, path: string): string {
  return `arn:aws:s3:::${backupBucket}/k8s/${environment}/${path}`;
}

/**
 * Controllers: their etcd volume, each other's addresses, the cluster's shared keys and OIDC documents, the API's DNS
 * record.
 */
export function controllerStatements(network: NetworkOutputs): Statement[] {
  const { region, accountId, environment, hostedZoneId, kmsKeyArn, backupBucket, oidcIssuer, apiEndpoint } = network;
  const ours = { StringEquals: { 'aws:ResourceTag/kubezero/cluster': environment } };
  const oidcFolder = oidcIssuer.replace(/^https:\/\/[^/]+\//, 'arn:aws:s3:::');
  return [
    {
      Sid: 'EtcdVolume',
      Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      Resource: [`arn:aws:ec2:${region}:${accountId}:volume/*`, `arn:aws:ec2:${region}:${accountId}:instance/*`],
      Condition: ours,
    },
    { Sid: 'Surroundings', Action: ['ec2:DescribeInstances', 'ec2:DescribeVolumes'], Resource: '*' },
    { Sid: 'ClusterKeys', Action: ['s3:GetObject', 's3:PutObject'], Resource: clusterObjects(network, '*') },
    { Sid: 'FindClusterKeys', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${backupBucket}` },
    { Sid: 'PublishIssuer', Action: 's3:PutObject', Resource: `${oidcFolder}/*` },
    { Sid: 'Encryption', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: kmsKeyArn },
    {
      Sid: 'ApiRecord',
      Action: 'route53:ChangeResourceRecordSets',
      Resource: `arn:aws:route53:::hostedzone/${hostedZoneId}`,
      Condition: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': apiEndpoint.replace(/:\d+$/, ''),
        },
      },
    },
  ];
}

/** Workers: what they need to trust the cluster and to join it, nothing else of its keys. */
export function workerStatements(network: NetworkOutputs): Statement[] {
  return [
    {
      Sid: 'Join',
      Action: 's3:GetObject',
      Resource: [clusterObjects(network, 'pki/ca.crt'), clusterObjects(network, 'join-token')],
    },
    { Sid: 'Encryption', Action: 'kms:Decrypt', Resource: network.kmsKeyArn },
  ];
}
