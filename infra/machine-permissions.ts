import type { Environment } from '../environment/environment.ts';
import type { NetworkOutputs } from '../environment/outputs.ts';
import { controllerPlaces } from './node/cluster.ts';
import type { Statement } from './policy.ts';

/** Of an environment, what its machines' permissions are about. */
export type MachinesOf = Pick<Environment, 'name' | 'domain'> & {
  controllers: Pick<Environment['controllers'], 'zones'>;
  access: Pick<Environment['access'], 'ssm'>;
};

/**
 * Controllers: their etcd volume, each other's addresses, the cluster's keys and records in its bucket, OIDC documents, the
 * DNS records of the API and of themselves.
 */
export function controllerStatements(environment: MachinesOf, network: NetworkOutputs): Statement[] {
  const { region, accountId, hostedZoneId, kmsKeyArn, backupBucket, oidcIssuer } = network;
  const oidcFolder = oidcIssuer.replace(/^https:\/\/[^/]+\//, 'arn:aws:s3:::');
  const zoneArn = `arn:aws:route53:::hostedzone/${hostedZoneId}`;
  return [
    ...commonStatements(environment),
    {
      Sid: 'EtcdVolume',
      Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      Resource: [`arn:aws:ec2:${region}:${accountId}:volume/*`, `arn:aws:ec2:${region}:${accountId}:instance/*`],
      Condition: { StringEquals: { 'aws:ResourceTag/kubezero/cluster': network.environment } },
    },
    // The volume is encrypted: EC2 decrypts it by a grant of whoever attaches it.
    {
      Sid: 'EtcdVolumeKey',
      Action: 'kms:CreateGrant',
      Resource: kmsKeyArn,
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
    { Sid: 'Surroundings', Action: ['ec2:DescribeInstances', 'ec2:DescribeVolumes'], Resource: '*' },
    { Sid: 'ClusterKeys', Action: ['s3:GetObject', 's3:PutObject'], Resource: clusterObjects(network, '*') },
    // Without it, and without conditions, S3 says of an object that isn't there only that it may not be read.
    { Sid: 'FindClusterKeys', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${backupBucket}` },
    { Sid: 'PublishIssuer', Action: 's3:PutObject', Resource: `${oidcFolder}/*` },
    { Sid: 'Encryption', Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'], Resource: kmsKeyArn },
    { Sid: 'FindRecords', Action: 'route53:ListResourceRecordSets', Resource: zoneArn },
    {
      Sid: 'Records',
      Action: 'route53:ChangeResourceRecordSets',
      Resource: zoneArn,
      Condition: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': recordNames(environment, network),
        },
      },
    },
  ];
}

/** Workers: what they need to trust the cluster and to join it, nothing else of its keys; and their boot log. */
export function workerStatements(environment: MachinesOf, network: NetworkOutputs): Statement[] {
  return [
    ...commonStatements(environment),
    {
      Sid: 'Join',
      Action: 's3:GetObject',
      Resource: [clusterObjects(network, 'pki/ca.crt'), clusterObjects(network, 'join-token')],
    },
    { Sid: 'BootLog', Action: 's3:PutObject', Resource: clusterObjects(network, 'boot-log/*') },
    { Sid: 'Encryption', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: network.kmsKeyArn },
  ];
}

/** Names of the records that controllers keep: the API's, and each controller's own. */
function recordNames(environment: MachinesOf, { apiEndpoint }: NetworkOutputs): string[] {
  const controllers = controllerPlaces(environment).map(({ nodeName }) => `${nodeName}.${environment.domain}`);
  return [apiEndpoint.replace(/:\d+$/, ''), ...controllers];
}

/** ARN of what a cluster keeps in its bucket. */
function clusterObjects({ backupBucket, environment }: NetworkOutputs, path: string): string {
  return `arn:aws:s3:::${backupBucket}/k8s/${environment}/${path}`;
}

function commonStatements({ access }: MachinesOf): Statement[] {
  return access.ssm ? [pullImages, sessions] : [pullImages];
}

const pullImages: Statement = {
  Sid: 'PullImages',
  Action: [
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
  ],
  Resource: '*',
};

/** What Systems Manager's agent on the machine needs to be reached by sessions and port forwarding. */
const sessions: Statement = {
  Sid: 'SessionManager',
  Action: ['ssm:UpdateInstanceInformation', 'ssmmessages:*', 'ec2messages:*'],
  Resource: '*',
};
