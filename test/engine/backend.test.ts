import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { ConcurrentUpdateError, StackNotFoundError } from '@pulumi/pulumi/automation/index.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../automation/engine/engine.ts';
import { unlockIfAbandoned } from '../../automation/engine/lock.ts';
import { Workspace } from '../../automation/engine/workspace.ts';
import type { Environment } from '../../environment/environment.ts';
import { lockOwners } from '../../pulumi/messages.ts';
import { getBucket, putObject, versionsOf } from '../../sandbox/aws/buckets.ts';
import { parseFault } from '../../sandbox/faults.ts';
import { S3Backend } from './s3-backend.ts';

/** The real CLI with its state in a bucket and its secrets encrypted with a key, as real environments have it. */
let s3: S3Backend;
beforeAll(async () => {
  s3 = await S3Backend.start();
});
afterEach(() => void s3.faults.clear());
afterAll(async () => s3.stop());

class Part extends pulumi.ComponentResource {
  constructor(name: string) {
    super('kubezero:test:Part', name);
    this.registerOutputs({});
  }
}

const parts = (count: number) => async () => {
  for (let part = 0; part < count; part++) new Part(`part-${part}`);
  return { password: pulumi.secret('geheim'), count };
};

const failure = (action: Promise<unknown>): Promise<Error> =>
  action.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  );

const fault = (operation: string, error: string) => s3.faults.add(parseFault({ kind: 'aws', operation, error }));

describe('a stack', () => {
  it('has its state in the bucket, its secrets encrypted with the key, and every version of it kept', async () => {
    const stack = await s3.deployed('whole', parts(2));
    expect(await stack.outputs()).toMatchObject({ password: { value: 'geheim', secret: true }, count: { value: 2 } });
    const [[key, state] = ['', Buffer.alloc(0)]] = s3.objects('/stacks/kubezero/whole.json');
    expect(key).toBe('kubezero/.pulumi/stacks/kubezero/whole.json');
    expect(String(state)).not.toContain('geheim');
    expect(s3.state('whole').secrets_providers).toMatchObject({
      type: 'cloud',
      state: { url: s3.backend.secretsProvider },
    });
    expect(s3.objects('whole.json.bak')).toHaveLength(1);
    expect(s3.objects('').filter(([name]) => name.includes('/locks/'))).toEqual([]);
    expect(versionsOf(getBucket(s3.account, 'test-pulumi-state'), key).length).toBeGreaterThan(2);
  });

  it('is made with the key that environment.yaml names, or with the one of this run', async () => {
    const environment = { directory: join(s3.directory, 'stacks') } as Environment;
    const engine = { variables: s3.variables, charts: {} } as Engine;
    const { secretsProvider } = s3.backend;
    await new Workspace({ ...environment, secretsProvider }, engine).create('named');
    const named = { ...environment, secretsProvider: 'awskms://alias/none' };
    await new Workspace(named, { ...engine, secretsProvider }).create('run');
    for (const name of ['named', 'run'])
      expect(readFileSync(join(s3.directory, `Pulumi.${name}.yaml`), 'utf8')).toContain(
        `secretsprovider: ${secretsProvider}`,
      );
    await expect(new Workspace(named, engine).create('none')).rejects.toThrow(/NotFoundException/);
  });

  it('can be put back to an earlier version of its state', async () => {
    const stack = await s3.deployed('earlier', parts(1));
    const before = await stack.exportStack();
    await stack.up({ program: parts(3) });
    await stack.importStack(before);
    expect((await stack.outputs()).count?.value).toBe(1);
  });

  it('that is locked names who holds it; a lock whose owner is gone is taken away', async () => {
    const stack = await s3.deployed('locked', parts(1));
    const lock = (pid: number, host: string) => {
      const content = { pid, username: 'ann', hostname: host, timestamp: new Date().toISOString() };
      const key = 'kubezero/.pulumi/locks/organization/kubezero/locked/f00.json';
      putObject(getBucket(s3.account, 'test-pulumi-state'), key, Buffer.from(JSON.stringify(content)));
    };
    const locks = () => s3.objects('').filter(([name]) => name.includes('/locks/'));
    lock(4711, 'elsewhere');
    const error = await failure(stack.up({ program: parts(2) }));
    expect(error).toBeInstanceOf(ConcurrentUpdateError);
    expect(lockOwners(error.message)[0]).toEqual({ user: 'ann', host: 'elsewhere', pid: 4711 });
    await unlockIfAbandoned(stack, error);
    expect(locks()).toHaveLength(1);
    // No process has this number.
    lock(2 ** 30, hostname());
    await unlockIfAbandoned(stack, await failure(stack.up({ program: parts(2) })));
    expect(locks()).toEqual([]);
    await stack.up({ program: parts(2) });
    expect((await stack.outputs()).count?.value).toBe(2);
  });
});

describe('a backend that fails', () => {
  beforeAll(async () => {
    await s3.deployed('failing', parts(1));
  });

  it.each([
    [
      'the bucket’s region is another',
      {},
      /PermanentRedirect/,
      { PULUMI_BACKEND_URL: 's3://test-pulumi-state/kubezero?region=us-east-1' },
    ],
    ['there is no such bucket', {}, /NoSuchBucket/, { PULUMI_BACKEND_URL: 's3://none/kubezero?region=eu-central-1' }],
    ['it may not be read', { operation: 's3:*', error: 'denied' }, /AccessDenied/, {}],
    ['it may not be written', { operation: 's3:PutObject', error: 'denied' }, /AccessDenied/, {}],
    ['it is throttled', { operation: 's3:*', error: 'throttled' }, /SlowDown/, {}],
    ['credentials have expired', { operation: '*', error: 'expired' }, /ExpiredToken/, {}],
    ['the key may not be used', { operation: 'kms:Decrypt', error: 'denied' }, /AccessDeniedException/, {}],
  ])('says so where %s, and the state stays as it was', async (_what, input, said, variables) => {
    const before = s3.state('failing');
    if ('operation' in input) s3.faults.add(parseFault({ kind: 'aws', ...input }));
    const error = await failure((await s3.stack('failing', variables)).up({ program: parts(2) }));
    expect(error.message).toMatch(said);
    s3.faults.clear();
    expect(s3.state('failing')).toEqual(before);
  });

  it('says so where the key is disabled, going to be deleted, or gone', async () => {
    const stack = await s3.stack('failing');
    const key = s3.account.keys.get(s3.account.keyAliases.get('alias/test-pulumi-state') ?? '')!;
    const refused = async () => (await failure(stack.up({ program: parts(2) }))).message;
    key.state = 'Disabled';
    expect(await refused()).toMatch(/DisabledException/);
    key.state = 'PendingDeletion';
    expect(await refused()).toMatch(/KMSInvalidStateException/);
    s3.account.keys.delete(key.id);
    expect(await refused()).toMatch(/AccessDeniedException: The ciphertext refers to a customer master key/);
    s3.account.keys.set(key.id, key);
    key.state = 'Enabled';
    const pulumi = await s3.pulumi(['stack', 'init', 'other', '--secrets-provider', 'awskms://alias/none']);
    expect(pulumi.stderr).toMatch(/NotFoundException: Alias arn:.*alias\/none is not found/);
    expect(s3.objects('/other.json')).toEqual([]);
  });

  it('for a moment in the middle of an update loses nothing', async () => {
    const stack = await s3.deployed('moment', parts(1));
    const program = async () => {
      fault('s3:*', 'throttled');
      setTimeout(() => s3.faults.clear(), 4_000);
      return parts(5)();
    };
    await stack.up({ program });
    expect((await stack.outputs()).count?.value).toBe(5);
    expect(s3.state('moment').resources).toHaveLength(6);
  });

  it('writes the state three times for a new resource, each in four requests, and a tenth of the bytes where it compresses', async () => {
    const stack = await s3.deployed('counted', parts(20));
    const cost = async (count: number, more: Record<string, string> = {}) => {
      const using = await s3.stack('counted', more);
      const requests = await s3.during(() => using.up({ program: parts(count) }));
      const about = requests.filter(({ resource }) => resource.includes('/stacks/kubezero/counted.json'));
      return { writes: about.filter(({ operation }) => operation === 's3:PutObject'), about, requests };
    };
    const same = await cost(20);
    const plain = await cost(21);
    // Begun, done, and its outputs: each lists, looks, copies and puts.
    expect(plain.about.length - same.about.length).toBe(12);
    const bytes = ({ writes }: Awaited<ReturnType<typeof cost>>) => writes.reduce((sum, one) => sum + one.bytes, 0);
    const PULUMI_DIY_BACKEND_ZSTD = 'true';
    await cost(22, { PULUMI_DIY_BACKEND_ZSTD });
    const compressed = await cost(23, { PULUMI_DIY_BACKEND_ZSTD });
    expect(compressed.about).toHaveLength(plain.about.length);
    expect(bytes(compressed)).toBeLessThan(bytes(plain) / 10);
    expect(await stack.outputs()).toMatchObject({ count: { value: 23 } });
  });

  it('is found plain, and not made over by ours, where it can’t be listed', async () => {
    await s3.deployed('kept', parts(3));
    const stack = await s3.stack('kept');
    const environment = { name: 'kept', directory: join(s3.directory, 'stacks') } as Environment;
    const workspace = new Workspace(environment, { variables: s3.variables } as unknown as Engine);
    fault('s3:ListObjectsV2', 'throttled');
    expect((await stack.outputs()).count?.value).toBe(3);
    await expect(workspace.create('kept')).rejects.toThrow(/SlowDown/);
  });

  it('has an empty stack made over a compressed one where it can’t be listed, which only versions undo', async () => {
    const variables = { PULUMI_DIY_BACKEND_ZSTD: 'true' };
    await s3.deployed('lost', parts(3));
    await (await s3.stack('lost', variables)).up({ program: parts(3) });
    const [[key] = ['']] = s3.objects('/stacks/kubezero/lost.json.zst');
    s3.faults.add(
      parseFault({ kind: 'aws', operation: 's3:ListObjectsV2', error: 'throttled', resource: '/stacks/kubezero/lost' }),
    );
    const error = await failure((await s3.stack('lost', variables)).up({ program: parts(3) }));
    expect(error).toBeInstanceOf(StackNotFoundError);
    await (await s3.workspace(variables)).createStack('lost');
    s3.faults.clear();
    expect((await (await s3.stack('lost')).exportStack()).deployment).not.toHaveProperty('resources');
    const versions = versionsOf(getBucket(s3.account, 'test-pulumi-state'), key);
    const [present = 0, ...earlier] = versions.map((one) => ('body' in one ? one.body.length : 0));
    expect(Math.max(...earlier)).toBeGreaterThan(1.5 * present);
  });
});
