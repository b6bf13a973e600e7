import { readFileSync } from 'node:fs';
import { signatureKey } from '../../../../pulumi/marks.ts';
import type { Account, DnsRecord } from '../../account.ts';
import { createBucket, deleteBucket, deleteObject, getBucket, getObject, putObject } from '../../buckets.ts';
import { changeRecords, createHostedZone, deleteHostedZone, getHostedZone, normalName } from '../../dns.ts';
import { AwsError } from '../../errors.ts';
import type { ResourceType } from '../resource-type.ts';
import { isObject, type Properties } from '../values.ts';

export const serviceTypes: Record<string, ResourceType> = {
  'aws:s3/bucket:Bucket': bucketType(),
  'aws:s3/bucketV2:BucketV2': bucketType(),
  'aws:s3/bucketVersioning:BucketVersioning': versioning(),
  'aws:s3/bucketVersioningV2:BucketVersioningV2': versioning(),
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': bucketSetting(),
  'aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2': bucketSetting(),
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': bucketSetting(),
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': bucketSetting(),
  'aws:s3/bucketPolicy:BucketPolicy': bucketSetting(),
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': bucketSetting(),
  'aws:s3/bucketObjectv2:BucketObjectv2': objectType(),
  'aws:s3/bucketObject:BucketObject': objectType(),
  'aws:route53/zone:Zone': {
    replaceOn: ['name', 'delegationSetId'],
    arn: (id, _inputs, account) => account.arn('route53', `hostedzone/${id}`, { region: false, account: false }),
    create: (account, { name, comment }) => {
      const id = `Z${Buffer.from(String(name)).toString('hex').toUpperCase().padEnd(20, '0').slice(0, 20)}`;
      if (account.hostedZones.has(id))
        throw new AwsError('ConflictingDomainExists', `The VPC is associated with another hosted zone of ${name}.`);
      return createHostedZone(account, { id, name: String(name), comment }).id;
    },
    // Machines write records that no stack knows of: without `forceDestroy` they keep the zone, as in Route 53.
    delete: (account, id, state) => {
      if (state.forceDestroy === true) account.hostedZones.delete(id);
      else deleteHostedZone(account, id);
    },
    exists: (account, id) => account.hostedZones.has(id),
    outputs: (id, inputs, account) => {
      const zone = getHostedZone(account, id);
      const nameServers = (zone.records.get(`${zone.name} NS`)?.values ?? []).map((name) => name.replace(/\.$/, ''));
      return {
        zoneId: id,
        comment: inputs.comment ?? 'Managed by Pulumi',
        nameServers,
        primaryNameServer: nameServers[0],
      };
    },
  },
  'aws:route53/record:Record': {
    replaceOn: ['zoneId', 'name', 'setIdentifier'],
    references: { zoneId: 'zone' },
    create(account, inputs) {
      putRecord(account, inputs, inputs.allowOverwrite ? 'UPSERT' : 'CREATE');
      return `${inputs.zoneId}_${inputs.name}_${inputs.type}`;
    },
    update: (account, _id, inputs) => putRecord(account, inputs, 'UPSERT'),
    delete: deleteRecord,
    exists: (account, id) => recordOf(account, id) !== undefined,
    outputs: (id, inputs, account) => {
      const record = recordOf(account, id);
      return { fqdn: inputs.name, ...(record ? { ttl: record.ttl, records: record.values } : {}) };
    },
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

function putRecord(account: Account, inputs: Properties, action: 'CREATE' | 'UPSERT'): void {
  const { zoneId, name, type, ttl, records } = inputs;
  changeRecords(account, getHostedZone(account, zoneId), [{ action, name, type, ttl, values: records ?? [] }]);
}

/** @param id `<zone id>_<name>_<type>` */
function recordOf(account: Account, id: string): DnsRecord | undefined {
  const [, zoneId = '', name = '', type = ''] = /^([^_]+)_(.+)_([A-Z]+)$/.exec(id) ?? [];
  return account.hostedZones.get(zoneId)?.records.get(`${normalName(name)} ${type}`);
}

/** As it is now. What Route 53 refuses to delete (a zone's own SOA and NS records) stays, and the provider says nothing of it. */
function deleteRecord(account: Account, id: string, { zoneId }: Properties): void {
  const record = recordOf(account, id);
  if (!record) return;
  try {
    changeRecords(account, getHostedZone(account, zoneId), [{ action: 'DELETE', ...record }]);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'InvalidChangeBatch') throw error;
  }
}

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

/** Buckets stay versioned, as in AWS: versions can only be suspended, which isn't simulated. */
function versioning(): ResourceType {
  const set = (account: Account, { bucket, versioningConfiguration }: Properties) => {
    if (versioningConfiguration?.status === 'Enabled') getBucket(account, bucket).versioned = true;
  };
  return {
    ...bucketSetting(),
    create: (account, inputs) => {
      set(account, inputs);
      return inputs.bucket;
    },
    update: (account, _id, inputs) => set(account, inputs),
  };
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
      const bucket = account.buckets.get(state.bucket);
      if (bucket) deleteObject(bucket, state.key);
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
  // An asset, as the engine writes them.
  if (isObject(source) && signatureKey in source) {
    if (typeof source.text === 'string') return Buffer.from(source.text, 'utf8');
    if (typeof source.path === 'string') return readFileSync(source.path);
  }
  return Buffer.alloc(0);
}
