import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Aws, startAws } from '../../sandbox/aws/index.ts';
import { listTools } from '../../toolchain/index.ts';
import { dnsOf } from './aws-dns.ts';
import { createWorld, type World } from './aws-world.ts';

/**
 * The calls of the boot program's scripts, by the AWS CLI itself against the sandbox's AWS. Skipped where the CLI isn't
 * installed, which `kubezero toolchain install machines` does.
 */
const region = 'eu-central-1';
const directory = mkdtempSync(join(tmpdir(), 'kubezero-aws-cli-'));
let cli: string | undefined;
let aws: Aws;
let world: World;

beforeAll(async () => {
  const tool = (await listTools()).find(({ name }) => name === 'awscli');
  cli = tool?.binaries.find(({ name }) => name === 'aws')?.path;
  if (!cli) return console.warn('skipped: there is no AWS CLI');
  aws = await startAws({
    host: { boot: async () => {}, terminate: async () => {} },
    address: '127.0.0.1',
    region,
    directory,
    log: () => {},
    delays: { launch: 20, attach: 1500 },
  });
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpointUrl);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_DEFAULT_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  world = await createWorld(region);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Output of a command, or what it says where it fails. */
function call(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(cli ?? '', args, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, output: (code === 0 ? stdout : stderr).trim() });
    });
  });
}

/** A test of the CLI, which takes about a second a call. */
const behaviour = (name: string, run: () => Promise<void>) =>
  test(name, { timeout: 60_000 }, async (context) => (cli ? run() : context.skip()));

behaviour('an object is stored once, and absence is told from errors', async () => {
  const object = ['--bucket', await world.bucket(), '--key', 'k8s/demo/pki/shared-keys'];
  const file = join(directory, 'keys');
  writeFileSync(file, 'ca.crt Zmlyc3Q=\n');
  expect(await call('s3api', 'head-object', ...object)).toMatchObject({
    code: 255,
    output: expect.stringContaining('(404) when calling the HeadObject operation'),
  });
  expect((await call('s3api', 'get-object', ...object, file)).output).toContain('(NoSuchKey)');
  const create = ['s3api', 'put-object', ...object, '--body', file, '--if-none-match', '*'];
  expect((await call(...create)).code).toBe(0);
  expect((await call(...create)).output).toContain('(PreconditionFailed)');
  const read = join(directory, 'read');
  expect((await call('s3api', 'get-object', ...object, read)).code).toBe(0);
  expect(readFileSync(read, 'utf8')).toBe('ca.crt Zmlyc3Q=\n');
  const nowhere = ['--bucket', 'no-such-bucket-anywhere', '--key', 'a'];
  expect((await call('s3api', 'get-object', ...nowhere, read)).output).toContain('(NoSuchBucket)');
});

behaviour('keys are listed as they are', async () => {
  const bucket = await world.bucket();
  await call('s3api', 'put-object', '--bucket', bucket, '--key', 'k8s/demo/boot-log/a b.log');
  const list = ['s3api', 'list-objects-v2', '--bucket', bucket, '--output', 'text'];
  expect((await call(...list, '--prefix', 'k8s/demo/', '--query', 'Contents[].Key')).output).toBe(
    'k8s/demo/boot-log/a b.log',
  );
  expect((await call(...list, '--prefix', 'k8s/other/', '--query', 'Contents[].Key')).output).toBe('None');
});

behaviour('a volume is attaching, then attached, and elsewhere or unknown it is refused', async () => {
  await world.group({ desired: 3, max: 3 });
  const instances = await vi.waitFor(async () => {
    const query = 'Reservations[].Instances[].[Placement.AvailabilityZone,InstanceId]';
    const filters = ['--filters', 'Name=instance-state-name,Values=running', '--output', 'text', '--query', query];
    const { output } = await call('ec2', 'describe-instances', ...filters);
    const found = Object.fromEntries(output.split('\n').map((line) => line.split('\t')));
    expect(Object.keys(found)).toHaveLength(3);
    return found;
  }, 20_000);
  const volume = await world.volume(`${region}a`);
  const attach = (id: string, zone: string) =>
    call('ec2', 'attach-volume', '--volume-id', id, '--instance-id', instances[region + zone], '--device', '/dev/sdf');
  const state = ['--output', 'text', '--query', 'Volumes[0].Attachments[0].State'];
  const describe = () => call('ec2', 'describe-volumes', '--volume-ids', volume, ...state);
  expect((await attach(volume, 'b')).output).toContain('(InvalidVolume.ZoneMismatch)');
  expect((await attach('vol-0123456789abcdef0', 'a')).output).toContain('(InvalidVolume.NotFound)');
  expect(JSON.parse((await attach(volume, 'a')).output)).toMatchObject({ State: 'attaching' });
  expect((await attach(volume, 'a')).output).toContain(
    `(VolumeInUse) when calling the AttachVolume operation: ${volume}`,
  );
  await vi.waitFor(async () => expect((await describe()).output).toBe('attached'), 20_000);
});

behaviour('a record is set and read, and a foreign name refused', async () => {
  const zone = await dnsOf(aws.endpointUrl).zone('demo.example.com');
  const change = (name: string) => {
    const set = { Name: name, Type: 'A', TTL: 10, ResourceRecords: [{ Value: '10.0.1.10' }] };
    const batch = JSON.stringify({ Changes: [{ Action: 'UPSERT', ResourceRecordSet: set }] });
    return call('route53', 'change-resource-record-sets', '--hosted-zone-id', zone, '--change-batch', batch);
  };
  expect((await change('a.demo.example.com')).code).toBe(0);
  expect((await change('a.elsewhere.com')).output).toContain('(InvalidChangeBatch)');
  const query = "ResourceRecordSets[?Name=='a.demo.example.com.'&&Type=='A'].ResourceRecords[].Value";
  const list = ['route53', 'list-resource-record-sets', '--hosted-zone-id', zone, '--output', 'text', '--query', query];
  expect((await call(...list)).output).toBe('10.0.1.10');
  expect(aws.addressesOf('a.demo.example.com')).toEqual(['10.0.1.10']);
});

behaviour('what the sandbox doesn’t simulate fails', async () => {
  const bucket = await world.bucket();
  for (const args of [
    ['s3api', 'get-bucket-policy', '--bucket', bucket],
    ['ec2', 'describe-key-pairs'],
    ['dynamodb', 'list-tables'],
    ['route53', 'list-health-checks'],
  ])
    expect((await call(...args)).code, args.join(' ')).not.toBe(0);
});
