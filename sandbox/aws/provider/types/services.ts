import { readFileSync } from 'node:fs';
import { createBucket, deleteBucket, getBucket, getObject, putObject } from '../../buckets.ts';
import type { ResourceType } from '../resource-type.ts';
import { isObject, type Properties } from '../values.ts';

/** Marks a value as an asset in the engine's wire format. */
const signatureKey = '4dabf18193072939515e22adb298388d';

export const serviceTypes: Record<string, ResourceType> = {
  'aws:s3/bucket:Bucket': bucketType(),
  'aws:s3/bucketV2:BucketV2': bucketType(),
  'aws:s3/bucketVersioning:BucketVersioning': bucketSetting(),
  'aws:s3/bucketVersioningV2:BucketVersioningV2': bucketSetting(),
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': bucketSetting(),
  'aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2': bucketSetting(),
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': bucketSetting(),
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': bucketSetting(),
  'aws:s3/bucketPolicy:BucketPolicy': bucketSetting(),
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': bucketSetting(),
  'aws:s3/bucketObjectv2:BucketObjectv2': objectType(),
  'aws:s3/bucketObject:BucketObject': objectType(),
  'aws:route53/zone:Zone': {
    id: ({ name }) => `Z${Buffer.from(String(name)).toString('hex').toUpperCase().padEnd(20, '0').slice(0, 20)}`,
    replaceOn: ['name', 'delegationSetId'],
    heldBy: [['aws:route53/record:Record', 'zoneId']],
    arn: (id, _inputs, account) => account.arn('route53', `hostedzone/${id}`, { region: false, account: false }),
    outputs: (id, inputs) => {
      const nameServers = ['com', 'net', 'org', 'co.uk'].map(
        (domain, index) => `ns-${index + 1}.awsdns-0${index}.${domain}`,
      );
      return {
        zoneId: id,
        comment: inputs.comment ?? 'Managed by Pulumi',
        nameServers,
        primaryNameServer: nameServers[0],
      };
    },
  },
  'aws:route53/record:Record': {
    id: ({ zoneId, name, type }) => `${zoneId}_${name}_${type}`,
    replaceOn: ['zoneId', 'name', 'setIdentifier'],
    references: { zoneId: 'zone' },
    outputs: (_id, inputs) => ({ fqdn: inputs.name }),
  },
  'aws:sqs/queue:Queue': {
    autoName: 'name',
    id: ({ name }, account) => `https://sqs.${account.region}.amazonaws.com/${account.id}/${name}`,
    computed: ['policy', 'kmsDataKeyReusePeriodSeconds'],
    replaceOn: ['name', 'namePrefix', 'fifoQueue'],
    arn: (_id, { name }, account) => account.arn('sqs', name),
    outputs: (id) => ({ url: id }),
  },
  'aws:sqs/queuePolicy:QueuePolicy': {
    id: ({ queueUrl }) => queueUrl,
    replaceOn: ['queueUrl'],
    references: { queueUrl: 'queue' },
  },
  'aws:cloudwatch/eventRule:EventRule': {
    autoName: 'name',
    id: ({ name }) => name,
    replaceOn: ['name', 'namePrefix', 'eventBusName'],
    heldBy: [['aws:cloudwatch/eventTarget:EventTarget', 'rule']],
    arn: (id, _inputs, account) => account.arn('events', `rule/${id}`),
  },
  'aws:cloudwatch/eventTarget:EventTarget': {
    autoName: 'targetId',
    id: ({ rule, targetId }) => `${rule}-${targetId}`,
    replaceOn: ['rule', 'targetId', 'eventBusName'],
    references: { rule: 'rule' },
  },
};

function bucketType(): ResourceType {
  return {
    autoName: 'bucket',
    id: ({ bucket }) => bucket,
    replaceOn: ['bucket', 'bucketPrefix', 'objectLockEnabled'],
    arn: (id, _inputs, account) => account.arn('s3', id, { region: false, account: false }),
    create: (account, inputs) => createBucket(account, inputs.bucket).name,
    delete: (account, id, state) => deleteBucket(account, id, state.forceDestroy === true),
    exists: (account, id) => account.buckets.has(id),
    outputs: (id, _inputs, account) => ({
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${id}.s3.${account.region}.amazonaws.com`,
      bucketRegion: account.region,
      hostedZoneId: 'Z21DNDUVLTQW6Q',
    }),
  };
}

function bucketSetting(): ResourceType {
  return { id: ({ bucket }) => bucket, replaceOn: ['bucket', 'expectedBucketOwner'], references: { bucket: 'bucket' } };
}

function objectType(): ResourceType {
  const put: NonNullable<ResourceType['create']> = (account, inputs) => {
    const about = { contentType: inputs.contentType, metadata: inputs.metadata };
    putObject(getBucket(account, inputs.bucket), inputs.key, contentOf(inputs), about);
    return `${inputs.bucket}/${inputs.key}`;
  };
  return {
    autoName: 'key',
    replaceOn: ['bucket', 'key'],
    references: { bucket: 'bucket' },
    arn: (id, _inputs, account) => account.arn('s3', id, { region: false, account: false }),
    create: put,
    update: (account, _id, inputs) => {
      put(account, inputs);
    },
    delete: (account, _id, state) => {
      account.buckets.get(state.bucket)?.objects.delete(state.key);
    },
    exists: (account, id) => {
      const [bucket = '', ...key] = id.split('/');
      return account.buckets.get(bucket)?.objects.has(key.join('/')) ?? false;
    },
    outputs: (_id, inputs, account) => ({ etag: getObject(getBucket(account, inputs.bucket), inputs.key).etag }),
  };
}

function contentOf({ content, contentBase64, source }: Properties): Buffer {
  if (typeof contentBase64 === 'string') return Buffer.from(contentBase64, 'base64');
  if (typeof content === 'string') return Buffer.from(content, 'utf8');
  if (isObject(source) && signatureKey in source) {
    if (typeof source.text === 'string') return Buffer.from(source.text, 'utf8');
    if (typeof source.path === 'string') return readFileSync(source.path);
  }
  return Buffer.alloc(0);
}
