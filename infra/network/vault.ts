import { Alias } from '@pulumi/aws/kms/alias.js';
import { Key } from '@pulumi/aws/kms/key.js';
import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketLifecycleConfiguration } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js';
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import { BucketServerSideEncryptionConfiguration } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js';
import { BucketVersioning } from '@pulumi/aws/s3/bucketVersioning.js';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import { policy } from '../policy.ts';
import { tags } from '../tags.ts';

/** What a cluster can't be rebuilt without: never deleted or replaced by an update, left in the account by a destroy. */
export const keepForever = { protect: true, retainOnDelete: true } as const;

/**
 * The cluster's bucket, with its keys (PKI), etcd snapshots and join token below `k8s/<cluster>/`, and the KMS key that
 * encrypts it and the machines' volumes.
 */
export function createVault(environment: Environment, accountId: string, options: CustomResourceOptions) {
  const { name } = environment;
  const key = new Key(
    'cluster',
    {
      description: `volumes, keys and backups of cluster ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      // Auto Scaling's own role starts the machines whose volumes are encrypted with it.
      policy: policy(
        { Sid: 'Account', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'kms:*', Resource: '*' },
        {
          Sid: 'AutoScaling',
          Principal: {
            AWS: `arn:aws:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
          },
          Action: [
            'kms:Encrypt',
            'kms:Decrypt',
            'kms:ReEncrypt*',
            'kms:GenerateDataKey*',
            'kms:DescribeKey',
            'kms:CreateGrant',
          ],
          Resource: '*',
        },
      ),
      tags: tags(name, 'cluster'),
    },
    { ...options, ...keepForever },
  );
  new Alias('cluster', { name: `alias/kubezero-${name}`, targetKeyId: key.id }, options);

  const bucketName = `${name}-backup-${accountId}`;
  const bucket = new Bucket(
    'backup',
    { bucket: bucketName, tags: tags(name, 'backup') },
    { ...options, ...keepForever },
  );
  new BucketVersioning('backup', { bucket: bucket.id, versioningConfiguration: { status: 'Enabled' } }, options);
  new BucketServerSideEncryptionConfiguration(
    'backup',
    {
      bucket: bucket.id,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    },
    options,
  );
  const closed = new BucketPublicAccessBlock(
    'backup',
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    options,
  );
  new BucketPolicy(
    'backup',
    {
      bucket: bucket.id,
      policy: policy({
        Sid: 'EncryptedTransport',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${bucketName}`, `arn:aws:s3:::${bucketName}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    },
    // S3 refuses two changes of a bucket's access settings at once.
    { ...options, dependsOn: [closed] },
  );
  new BucketLifecycleConfiguration(
    'backup',
    {
      bucket: bucket.id,
      rules: [
        {
          id: 'old-versions',
          status: 'Enabled',
          filter: { prefix: '' },
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
    options,
  );
  return { backupBucket: bucket.bucket, backupBucketName: bucketName, kmsKeyArn: key.arn };
}
