import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import { type CustomResourceOptions, type Input, type Output, output } from '@pulumi/pulumi';
import type { Environment } from '../../stacks/environment.ts';
import { policy, type Statement } from '../policy.ts';
import { roleName, tags } from '../tags.ts';

/** What the permissions of service accounts are about. */
export interface Subjects {
  environment: string;
  accountId: string;
  region: string;
  hostedZoneIds: string[];
  /** Public zone, or the private one where there is none. */
  certificateZoneId: string;
  queueArn: string;
  kmsKeyArn: string;
  bucketName: string;
}

interface ServiceRole {
  /** Last part of the role's name. */
  name: string;
  /** `namespace:service-account` that may take it on. */
  serviceAccounts: string[];
  statements(subjects: Subjects): Statement[];
}

/** Reading without a resource level in IAM. */
const describe = (...actions: string[]): Statement => ({ Action: actions, Resource: '*' });

const changeRecords = (zones: string[]): Statement[] => [
  { Action: ['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets'], Resource: zones.map(zoneArn) },
  describe('route53:ListHostedZones', 'route53:ListHostedZonesByName', 'route53:ListTagsForResource'),
];

const zoneArn = (id: string) => `arn:aws:route53:::hostedzone/${id}`;

/** Each consumer's role: no more than what it does, on this cluster's resources where IAM can tell them apart. */
const serviceRoles: Record<string, ServiceRole> = {
  'aws-node-termination-handler': {
    name: 'awsNth',
    serviceAccounts: ['kube-system:aws-node-termination-handler'],
    statements: ({ queueArn, region, accountId, environment }) => [
      { Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], Resource: queueArn },
      {
        Action: 'autoscaling:CompleteLifecycleAction',
        Resource: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:*:autoScalingGroupName/${environment}-*`,
      },
      describe('autoscaling:DescribeAutoScalingInstances', 'autoscaling:DescribeTags', 'ec2:DescribeInstances'),
    ],
  },
  'external-dns': {
    name: 'externalDNS',
    serviceAccounts: ['kube-system:addons-external-dns', 'kube-system:external-dns'],
    statements: ({ hostedZoneIds }) => changeRecords(hostedZoneIds),
  },
  forseti: {
    name: 'kubezeroForseti',
    serviceAccounts: ['kube-system:kubezero-forseti'],
    statements: () => [describe('ec2:DescribeInstances')],
  },
  'cert-manager': {
    name: 'certManager',
    serviceAccounts: ['cert-manager:cert-manager'],
    statements: ({ certificateZoneId }) => [
      ...changeRecords([certificateZoneId]),
      { Action: 'route53:GetChange', Resource: 'arn:aws:route53:::change/*' },
    ],
  },
  'aws-ebs-csi-driver': {
    name: 'ebsCsiDriver',
    serviceAccounts: ['kube-system:ebs-csi-controller-sa'],
    statements: ({ region, accountId, environment, kmsKeyArn }) => {
      const volumes = [`arn:aws:ec2:${region}:${accountId}:volume/*`, `arn:aws:ec2:${region}::snapshot/*`];
      const ours = (key: string) => ({ StringEquals: { [`aws:${key}/ebs.csi.aws.com/cluster`]: 'true' } });
      return [
        describe(
          'ec2:DescribeAvailabilityZones',
          'ec2:DescribeInstances',
          'ec2:DescribeSnapshots',
          'ec2:DescribeTags',
          'ec2:DescribeVolumes',
          'ec2:DescribeVolumesModifications',
        ),
        { Action: ['ec2:CreateVolume', 'ec2:CreateSnapshot'], Resource: volumes, Condition: ours('RequestTag') },
        // A snapshot is made of a volume, which needs the permission too.
        { Action: 'ec2:CreateSnapshot', Resource: volumes.slice(0, 1), Condition: ours('ResourceTag') },
        {
          Action: 'ec2:CreateTags',
          Resource: volumes,
          Condition: { StringEquals: { 'ec2:CreateAction': ['CreateVolume', 'CreateSnapshot'] } },
        },
        {
          Action: [
            'ec2:AttachVolume',
            'ec2:DetachVolume',
            'ec2:DeleteVolume',
            'ec2:DeleteSnapshot',
            'ec2:ModifyVolume',
            'ec2:DeleteTags',
          ],
          Resource: volumes,
          Condition: ours('ResourceTag'),
        },
        {
          Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
          Resource: `arn:aws:ec2:${region}:${accountId}:instance/*`,
          Condition: { StringEquals: { 'aws:ResourceTag/kubezero/cluster': environment } },
        },
        { Action: ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:DescribeKey'], Resource: kmsKeyArn },
        {
          Action: 'kms:CreateGrant',
          Resource: kmsKeyArn,
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
      ];
    },
  },
  'aws-efs-csi-driver': {
    name: 'efsCsiDriver',
    serviceAccounts: ['kube-system:efs-csi-controller-sa'],
    statements: ({ region, accountId }) => {
      const ours = (key: string) => ({ StringEquals: { [`aws:${key}/efs.csi.aws.com/cluster`]: 'true' } });
      return [
        describe(
          'elasticfilesystem:DescribeAccessPoints',
          'elasticfilesystem:DescribeFileSystems',
          'elasticfilesystem:DescribeMountTargets',
          'ec2:DescribeAvailabilityZones',
        ),
        {
          Action: ['elasticfilesystem:CreateAccessPoint', 'elasticfilesystem:TagResource'],
          Resource: [
            `arn:aws:elasticfilesystem:${region}:${accountId}:file-system/*`,
            `arn:aws:elasticfilesystem:${region}:${accountId}:access-point/*`,
          ],
          Condition: ours('RequestTag'),
        },
        {
          Action: 'elasticfilesystem:DeleteAccessPoint',
          Resource: `arn:aws:elasticfilesystem:${region}:${accountId}:access-point/*`,
          Condition: ours('ResourceTag'),
        },
      ];
    },
  },
  'cluster-backup': {
    name: 'clusterBackup',
    serviceAccounts: ['kube-system:kubezero-backup'],
    statements: ({ bucketName, environment, kmsKeyArn }) => [
      {
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        Resource: `arn:aws:s3:::${bucketName}/k8s/${environment}/clusterBackup/*`,
      },
      {
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${bucketName}`,
        Condition: { StringLike: { 's3:prefix': `k8s/${environment}/clusterBackup/*` } },
      },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: kmsKeyArn },
    ],
  },
};

export interface ServiceRolesArgs {
  environment: Environment;
  oidcIssuer: string;
  oidcProviderArn: Input<string>;
  subjects: Output<Subjects>;
}

/** Roles that the modules' service accounts take on, by consumer. @returns their ARNs. */
export function createServiceRoles(
  args: ServiceRolesArgs,
  options: CustomResourceOptions,
): Record<string, Output<string>> {
  const { environment, oidcIssuer, oidcProviderArn, subjects } = args;
  const { name, region } = environment;
  return Object.fromEntries(
    Object.entries(serviceRoles).map(([consumer, { name: role, serviceAccounts, statements }]) => {
      const created = new Role(
        consumer,
        {
          name: roleName(region, name, role),
          description: `${consumer} of cluster ${name}`,
          assumeRolePolicy: output(oidcProviderArn).apply((arn) =>
            trustedServiceAccounts(oidcIssuer, arn, serviceAccounts),
          ),
          tags: tags(name, consumer),
        },
        options,
      );
      const granted = subjects.apply((known) => policy(...statements(known)));
      new RolePolicy(consumer, { role: created.id, policy: granted }, options);
      return [consumer, created.arn];
    }),
  );
}

/** Only these service accounts, and only with tokens made for AWS. */
function trustedServiceAccounts(issuer: string, providerArn: string, serviceAccounts: string[]): string {
  const key = issuer.replace(/^https:\/\//, '');
  return policy({
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: providerArn },
    Condition: {
      StringEquals: {
        [`${key}:aud`]: 'sts.amazonaws.com',
        [`${key}:sub`]: serviceAccounts.map((account) => `system:serviceaccount:${account}`),
      },
    },
  });
}
