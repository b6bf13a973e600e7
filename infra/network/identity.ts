import { OpenIdConnectProvider } from '@pulumi/aws/iam/openIdConnectProvider.js';
import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import { policy } from '../policy.ts';
import { tags } from '../tags.ts';

/**
 * Lets pods take on IAM roles by their service account: AWS trusts tokens of the cluster's issuer, and checks them
 * against two documents that controllers publish. AWS reads those without logging in, so they have a bucket of their
 * own: the backup bucket stays closed.
 */
export function createIdentity(environment: Environment, accountId: string, options: CustomResourceOptions) {
  const { name, region } = environment;
  const bucketName = `${name}-oidc-${accountId}`;
  const folder = `${bucketName}/k8s/${name}`;
  const oidcIssuer = `https://s3.${region}.amazonaws.com/${folder}`;

  const bucket = new Bucket('oidc', { bucket: bucketName, tags: tags(name, 'oidc') }, options);
  const open = new BucketPublicAccessBlock(
    'oidc',
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: false,
      restrictPublicBuckets: false,
    },
    options,
  );
  const documents = ['.well-known/openid-configuration', 'openid/v1/jwks'].map(
    (path) => `arn:aws:s3:::${folder}/${path}`,
  );
  new BucketPolicy(
    'oidc',
    {
      bucket: bucket.id,
      policy: policy({ Sid: 'PublicKeys', Principal: '*', Action: 's3:GetObject', Resource: documents }),
    },
    { ...options, dependsOn: [open] },
  );
  const provider = new OpenIdConnectProvider(
    'cluster',
    { url: oidcIssuer, clientIdLists: ['sts.amazonaws.com'], tags: tags(name, 'oidc') },
    { ...options, dependsOn: [bucket] },
  );
  return { oidcIssuer, oidcProviderArn: provider.arn };
}
