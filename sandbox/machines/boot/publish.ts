import { readFileSync } from 'node:fs';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { loopbackOf } from '../addresses.ts';
import { ClusterBucket } from '../bucket.ts';
import type { Instance } from '../instance.ts';
import { probe } from '../probe.ts';
import { upsertRecords, withBucket, withEc2 } from './aws.ts';
import { publishJoinCredentials } from './credentials.ts';
import type { Step } from './step.ts';

const pki = '/etc/kubernetes/pki';
const mark =
  '"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/kube-system/kubezero-api"';

/** Each of what others need of a controller; all are tried, whatever became of the ones before. */
const parts: Record<string, Step> = {
  api_record: apiRecord,
  issuer,
  authority: (instance) =>
    withBucket(instance, (bucket) => bucket.writeFile('pki/ca.crt', instance.path(`${pki}/ca.crt`))),
  join_credentials: publishJoinCredentials,
  iam_certificate: iamCertificate,
};

/** Every hour: what others need of this machine. */
export const publish: Step = async (instance) => {
  if (!instance.isController) return;
  const failed: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    try {
      await part(instance);
    } catch (error) {
      instance.power.signal.throwIfAborted();
      instance.log(`${name}: ${(error as Error).message}`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new Error(`not published: ${failed.join(' ')} (see the log)`);
};

/** The API's DNS record: the addresses of the controllers whose API server is ready. */
async function apiRecord(instance: Instance): Promise<void> {
  const { config, surroundings } = instance;
  const host = config?.apiEndpoint.split(':')[0] ?? '';
  const filter = (Name: string, value: string) => ({ Name, Values: [value] });
  const Filters = [
    filter('tag:kubezero/cluster', config?.cluster ?? ''),
    filter('tag:kubezero/role', 'controller'),
    filter('instance-state-name', 'running'),
  ];
  const { Reservations = [] } = await withEc2(instance, (ec2) => ec2.send(new DescribeInstancesCommand({ Filters })));
  const addresses = Reservations.flatMap(({ Instances = [] }) => Instances)
    .flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? [])
    .sort();
  const target = { scheme: 'https', port: 6443, path: '/readyz' } as const;
  const answers = await Promise.all(
    addresses.map((address) => probe({ ...target, host: loopbackOf(address, surroundings.number) })),
  );
  const values = addresses.filter((_, index) => answers[index]);
  if (values.length === 0) throw new Error(`no API server is ready: the DNS record ${host} stays as it is`);
  await upsertRecords(instance, [
    { name: host, type: 'A', ttl: 60, values },
    { name: host, type: 'TXT', ttl: 300, values: [mark] },
  ]);
}

/** AWS checks service account tokens against these two documents. */
async function issuer({ config, surroundings }: Instance): Promise<void> {
  const [bucketName = '', ...folder] = config?.issuerLocation?.replace('s3://', '').split('/') ?? [];
  const bucket = new ClusterBucket(surroundings.aws, bucketName, folder.join('/'));
  try {
    for (const document of ['.well-known/openid-configuration', 'openid/v1/jwks'])
      await bucket.write(document, JSON.stringify(await surroundings.client.get(`/${document}`)));
  } finally {
    bucket.close();
  }
}

/** The certificate that the step `keys` made for aws-iam-authenticator, for its pods. */
async function iamCertificate(instance: Instance): Promise<void> {
  const { config, surroundings } = instance;
  if (!config?.awsIamAuthenticator) return;
  const read = (name: string) => readFileSync(instance.path(`${pki}/aws-iam-authenticator.${name}`)).toString('base64');
  const data = { 'cert.pem': read('crt'), 'key.pem': read('key') };
  const path = '/api/v1/namespaces/kube-system/secrets';
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'aws-iam-certs' }, data };
  await surroundings.client.ensure(path, secret);
  await surroundings.client.patch(`${path}/aws-iam-certs`, { data });
}
