import { EC2Client } from '@aws-sdk/client-ec2';
import { ClusterBucket } from '../bucket.ts';
import type { Instance } from '../instance.ts';

/** The folder of the machine's cluster in its backup bucket. */
export function clusterBucket(instance: Instance): ClusterBucket {
  const { config, surroundings } = instance;
  if (!config?.backupBucket) throw new Error('/etc/kubezero/node.yaml: backupBucket is missing');
  return new ClusterBucket(surroundings.aws, config.backupBucket, `k8s/${config.cluster}`);
}

/** Does something with the bucket, and closes the connections to it. */
export async function withBucket<T>(instance: Instance, work: (bucket: ClusterBucket) => Promise<T>): Promise<T> {
  const bucket = clusterBucket(instance);
  try {
    return await work(bucket);
  } finally {
    bucket.close();
  }
}

/** Contents of an object; undefined where there provably is none. @throws Error naming the object for any other answer. */
export async function readObject(bucket: ClusterBucket, key: string): Promise<string | undefined> {
  try {
    return await bucket.read(key);
  } catch (error) {
    throw new Error(`cannot read ${bucket.url(key)}: ${(error as Error).message}`);
  }
}

/** Does something with EC2, and closes the connections to it. */
export async function withEc2<T>({ surroundings }: Instance, work: (ec2: EC2Client) => Promise<T>): Promise<T> {
  const ec2 = new EC2Client({
    endpoint: surroundings.aws.endpointUrl,
    region: surroundings.aws.region,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 2,
  });
  try {
    return await work(ec2);
  } finally {
    ec2.destroy();
  }
}

export interface DnsRecord {
  name: string;
  type: 'A' | 'TXT';
  ttl: number;
  values: string[];
}

/** Sets records of the cluster's private zone, in place of what was there. @throws Error with Route 53's words. */
export async function upsertRecords(instance: Instance, records: DnsRecord[]): Promise<void> {
  const changes = records.map(({ name, type, ttl, values }) => {
    const texts = values.map((value) => `<ResourceRecord><Value>${escapeXml(value)}</Value></ResourceRecord>`).join('');
    const set = `<Name>${name}</Name><Type>${type}</Type><TTL>${ttl}</TTL><ResourceRecords>${texts}</ResourceRecords>`;
    return `<Change><Action>UPSERT</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change>`;
  });
  const batch = `<ChangeBatch><Changes>${changes.join('')}</Changes></ChangeBatch>`;
  await route53(instance, 'POST', '', `<ChangeResourceRecordSetsRequest>${batch}</ChangeResourceRecordSetsRequest>`);
}

/** Values of a record in the cluster's private zone; empty where there is none. */
export async function recordValues(instance: Instance, name: string, type: 'A' | 'TXT'): Promise<string[]> {
  const answer = await route53(instance, 'GET', `?name=${name}&type=${type}&maxitems=1`);
  const found = (tag: string) =>
    [...answer.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text]) => text ?? '');
  return found('Name')[0] === `${name}.` && found('Type')[0] === type ? found('Value') : [];
}

/** There is no AWS SDK for it here, and two calls don't need one. */
async function route53(
  { config, surroundings }: Instance,
  method: string,
  query: string,
  body?: string,
): Promise<string> {
  if (!config?.hostedZoneId) throw new Error('/etc/kubezero/node.yaml: hostedZoneId is missing');
  const url = `${surroundings.aws.endpointUrl}/2013-04-01/hostedzone/${config.hostedZoneId}/rrset${query}`;
  const response = await fetch(url, { method, body, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(/<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? `${response.status}`);
  return text;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
