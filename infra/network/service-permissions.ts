import type { ModuleId } from '../../releases/release.ts';
import type { Statement } from '../policy.ts';

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

/** The IAM role of a part of a module that talks to AWS. */
export interface ServiceRole {
  /** Last part of the role's name. */
  name: string;
  module: ModuleId;
  /** What it does in AWS: the end of a sentence that starts with the consumer's name. */
  does: string;
  /** `namespace:service-account` that may take it on, as the module has them by default. */
  serviceAccounts: string[];
  statements(subjects: Subjects): Statement[];
}

/** Reading without a resource level in IAM. */
const describe = (...actions: string[]): Statement => ({ Action: actions, Resource: '*' });

const zoneArn = (id: string) => `arn:aws:route53:::hostedzone/${id}`;

/** Each consumer's role: no more than what it does, on this cluster's resources where IAM can tell them apart. */
export const serviceRoles: Record<string, ServiceRole> = {
  'aws-node-termination-handler': {
    name: 'awsNth',
    module: 'addons',
    does: 'reads of machines that are about to go from the queue, and lets their Auto Scaling group go on once they are drained',
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
    module: 'addons',
    does: 'writes DNS records to the hosted zones of the cluster’s domain',
    serviceAccounts: ['kube-system:addons-external-dns'],
    statements: ({ hostedZoneIds }) => [
      {
        Action: ['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets', 'route53:ListTagsForResource'],
        Resource: hostedZoneIds.map(zoneArn),
      },
      describe('route53:ListHostedZones'),
    ],
  },
  forseti: {
    name: 'kubezeroForseti',
    module: 'addons',
    does: 'looks which machines of the cluster are gone',
    serviceAccounts: ['kube-system:kubezero-forseti'],
    statements: () => [describe('ec2:DescribeInstances')],
  },
  'cluster-backup': {
    name: 'clusterBackup',
    module: 'addons',
    does: 'keeps etcd snapshots in its folder of the backup bucket',
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
      // restic asks for the region of the bucket before anything else.
      { Action: 's3:GetBucketLocation', Resource: `arn:aws:s3:::${bucketName}` },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: kmsKeyArn },
    ],
  },
  'cert-manager': {
    name: 'certManager',
    module: 'cert-manager',
    does: 'answers ACME’s DNS01 challenges with TXT records in the hosted zone of the cluster’s domain',
    serviceAccounts: ['cert-manager:cert-manager'],
    statements: ({ certificateZoneId }) => [
      {
        Action: 'route53:ChangeResourceRecordSets',
        Resource: zoneArn(certificateZoneId),
        Condition: { 'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': 'TXT' } },
      },
      { Action: 'route53:ListResourceRecordSets', Resource: zoneArn(certificateZoneId) },
      { Action: 'route53:GetChange', Resource: 'arn:aws:route53:::change/*' },
      describe('route53:ListHostedZonesByName'),
    ],
  },
  'aws-ebs-csi-driver': {
    name: 'ebsCsiDriver',
    module: 'storage',
    does: 'makes, attaches, resizes and deletes volumes and snapshots that it tagged, on machines of the cluster',
    serviceAccounts: ['kube-system:ebs-csi-controller-sa'],
    statements: ({ region, accountId, environment, kmsKeyArn }) => {
      const volumes = `arn:aws:ec2:${region}:${accountId}:volume/*`;
      const snapshots = `arn:aws:ec2:${region}::snapshot/*`;
      const tagged = (key: string) => ({ StringEquals: { [`aws:${key}/ebs.csi.aws.com/cluster`]: 'true' } });
      return [
        describe(
          'ec2:DescribeAvailabilityZones',
          'ec2:DescribeInstances',
          'ec2:DescribeSnapshots',
          'ec2:DescribeTags',
          'ec2:DescribeVolumes',
          'ec2:DescribeVolumesModifications',
        ),
        { Action: 'ec2:CreateVolume', Resource: volumes, Condition: tagged('RequestTag') },
        // A snapshot that a volume is made of carries no tags in the request; any of the account's may be one.
        { Action: 'ec2:CreateVolume', Resource: snapshots },
        { Action: 'ec2:CreateSnapshot', Resource: snapshots, Condition: tagged('RequestTag') },
        { Action: 'ec2:CreateSnapshot', Resource: volumes, Condition: tagged('ResourceTag') },
        {
          Action: 'ec2:CreateTags',
          Resource: [volumes, snapshots],
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
          Resource: [volumes, snapshots],
          Condition: tagged('ResourceTag'),
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
    module: 'storage',
    does: 'makes access points of EFS file systems, and deletes those that it tagged',
    serviceAccounts: ['kube-system:efs-csi-controller-sa'],
    statements: ({ region, accountId }) => {
      const tagged = (key: string) => ({ StringEquals: { [`aws:${key}/efs.csi.aws.com/cluster`]: 'true' } });
      const accessPoints = `arn:aws:elasticfilesystem:${region}:${accountId}:access-point/*`;
      return [
        describe(
          'elasticfilesystem:DescribeAccessPoints',
          'elasticfilesystem:DescribeFileSystems',
          'elasticfilesystem:DescribeMountTargets',
          'ec2:DescribeAvailabilityZones',
        ),
        {
          Action: ['elasticfilesystem:CreateAccessPoint', 'elasticfilesystem:TagResource'],
          Resource: [`arn:aws:elasticfilesystem:${region}:${accountId}:file-system/*`, accessPoints],
          Condition: tagged('RequestTag'),
        },
        { Action: 'elasticfilesystem:DeleteAccessPoint', Resource: accessPoints, Condition: tagged('ResourceTag') },
      ];
    },
  },
  alertmanager: {
    name: 'alertmanager',
    module: 'metrics',
    does: 'sends alerts to the SNS topics whose names start with the cluster’s',
    serviceAccounts: ['monitoring:metrics-kube-prometheus-st-alertmanager'],
    statements: ({ region, accountId, environment }) => [
      {
        Action: 'sns:Publish',
        Resource: ['-', '_'].map((joint) => `arn:aws:sns:${region}:${accountId}:${environment}${joint}*`),
      },
    ],
  },
  elasticsearch: {
    name: 'elasticsearch',
    module: 'logging',
    does: 'keeps its snapshots in its folder of the backup bucket, from version 8.1 on: earlier ones can’t take on a role',
    serviceAccounts: ['logging:elasticsearch-snapshots'],
    statements: ({ bucketName, environment, kmsKeyArn }) => [
      {
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
        ],
        Resource: `arn:aws:s3:::${bucketName}/k8s/${environment}/elasticsearch/*`,
      },
      {
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${bucketName}`,
        Condition: { StringLike: { 's3:prefix': `k8s/${environment}/elasticsearch/*` } },
      },
      { Action: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'], Resource: `arn:aws:s3:::${bucketName}` },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: kmsKeyArn },
    ],
  },
  'jenkins-agent': {
    name: 'jenkinsAgent',
    module: 'ci',
    does: 'pulls and pushes images of the ECR repositories that are tagged `kubezero/cluster` with the cluster’s name',
    serviceAccounts: ['ci:jenkins-podman-aws'],
    statements: ({ region, accountId, environment }) => [
      describe('ecr:GetAuthorizationToken'),
      {
        Action: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:CompleteLayerUpload',
          'ecr:GetDownloadUrlForLayer',
          'ecr:InitiateLayerUpload',
          'ecr:PutImage',
          'ecr:UploadLayerPart',
        ],
        Resource: `arn:aws:ecr:${region}:${accountId}:repository/*`,
        Condition: { StringEquals: { 'aws:ResourceTag/kubezero/cluster': environment } },
      },
    ],
  },
};
