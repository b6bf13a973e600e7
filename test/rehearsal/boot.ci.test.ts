import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadEnvironment } from '../../environment/environment.ts';
import { bootSteps } from '../../infra/node/boot-steps.ts';
import { releases } from '../../releases/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import {
  addFault,
  clearFaults,
  rebootMachines,
  type SandboxHandle,
  type SandboxStatus,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../sandbox/client.ts';
import { SandboxAccount } from './sandbox-account.ts';

const environment = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
const directory = mkdtempSync(join(tmpdir(), 'kubezero-boot-'));
let sandbox: SandboxHandle;
let account: SandboxAccount;
let core: CoreV1Api;
/** Steps in which the founder was killed. */
let killedIn: string[];

const status = () => sandboxStatus(sandbox.directory);
const eventually = <T>(check: () => Promise<T>, seconds = 150) =>
  vi.waitFor(check, { timeout: seconds * 1000, interval: 250 });
const controllers = (found: SandboxStatus) =>
  found.instances
    .filter(({ role }) => role === 'controller')
    .sort((one, other) => one.nodeName.localeCompare(other.nodeName));
const controllerOf = async (letter: string) =>
  controllers(await status()).find(({ nodeName }) => nodeName.endsWith(`-${letter}`));
/** Members with their ids and volumes, and whose cluster they are. */
const membersOf = ({ etcd }: SandboxStatus) => [
  etcd.clusterId,
  ...etcd.members.map(({ id, name, volumeId }) => `${name} ${id} ${volumeId}`).sort(),
];

/** Every controller up, with a vote, and none of those that are gone. */
function whole(gone: string[] = []): Promise<SandboxStatus> {
  return eventually(async () => {
    const found = await status();
    expect(controllers(found).map(({ state, error }) => `${state} ${error ?? ''}`)).toEqual(Array(3).fill('running '));
    expect(Object.keys(found.apiServers)).toHaveLength(3);
    expect(found.etcd.members).toHaveLength(3);
    expect(found.instances.filter(({ instanceId }) => gone.includes(instanceId))).toEqual([]);
    return found;
  });
}

/** Powers a machine off and on in every step of its boot, once each, and returns those steps. */
async function rebootInEveryStep(letter: string): Promise<string[]> {
  const killed: string[] = [];
  // As long as it gets on: machines are as slow as the one that they run on.
  let end = Date.now() + 300_000;
  while (Date.now() < end) {
    const machine = await controllerOf(letter);
    const step = machine?.error?.split(',')[0] ?? '';
    if (machine?.state === 'running') return killed;
    if (machine && step && !killed.includes(step)) {
      killed.push(step);
      end = Date.now() + 300_000;
      await rebootMachines(sandbox.directory, machine.instanceId).catch(() => killed.pop());
    }
  }
  const { state, error } = (await controllerOf(letter)) ?? {};
  throw new Error(`controller ${letter} is ${state} (${error}); killed in ${killed.join(', ')}`);
}

/** Whether etcd got as far as to write anything but the head of its log, which ends at byte 80. */
function hasEntries(member: string): boolean {
  const log = join(member, 'wal/0000000000000000-0000000000000000.wal');
  return existsSync(log) && readFileSync(log).readBigUInt64LE(80) !== 0n;
}

const kept = { namespace: 'default', name: 'kept' };
const expectKept = async () => expect((await core.readNamespacedConfigMap(kept)).data).toEqual({ a: 'b' });

beforeAll(async () => {
  sandbox = await startSandbox({ directory: join(directory, 'sandbox'), name: environment.name });
  account = new SandboxAccount(environment, sandbox.env);
  await account.launch(releases['1.22']);
  killedIn = await rebootInEveryStep('a');
  const config = new KubeConfig();
  config.loadFromFile(sandbox.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  await whole();
  await core.createNamespacedConfigMap({
    namespace: kept.namespace,
    body: { metadata: { name: kept.name }, data: { a: 'b' } },
  });
}, 900_000);

afterAll(async () => {
  await stopSandbox(sandbox.directory);
  rmSync(directory, { recursive: true, force: true });
}, 30_000);

test('a founder that is killed in every step founds one cluster, with the keys that it made first', async () => {
  const steps: string[] = bootSteps.controller.map(({ name }) => name);
  // Some pass within the moment between two looks at them.
  expect(killedIn.length).toBeGreaterThan(4);
  expect(steps).toEqual(expect.arrayContaining(killedIn));
  const { etcd, volumes } = await status();
  const [first] = controllers(await status());
  expect(await account.object('k8s/demo/etcd/founded')).toBe(`${first?.nodeName} ${first?.volumeId}\n`);
  for (const { id, name, volumeId } of etcd.members)
    expect(await account.object(`k8s/demo/etcd/members/${name}`)).toBe(`${etcd.clusterId} ${id} ${volumeId}\n`);
  // Whatever was cut off, nothing that was written had to be put away.
  for (const id of Object.keys(volumes)) {
    const volume = join(sandbox.directory, 'volumes', id);
    const entries = readdirSync(volume).sort();
    expect(entries.filter((name) => !name.startsWith('member.stale-'))).toEqual(['lost+found', 'member']);
    expect(entries.filter((name) => name.startsWith('member.stale-') && hasEntries(join(volume, name)))).toEqual([]);
  }
  const made = readFileSync(join(sandbox.directory, 'pki/ca.key')).toString('base64');
  expect(await account.object('k8s/demo/pki/shared-keys')).toContain(`ca.key ${made}\n`);
});

test('all controllers that are rebooted at once come back as they were', async () => {
  const before = await status();
  await rebootMachines(sandbox.directory, 'controller');
  await eventually(async () =>
    expect(controllers(await status()).every(({ state }) => state === 'booting')).toBe(true),
  );
  expect(membersOf(await whole())).toEqual(membersOf(before));
  await expectKept();
});

test('all controllers that are replaced at once come back as the same members', async () => {
  const before = await status();
  const gone = controllers(before).map(({ instanceId }) => instanceId);
  await Promise.all(gone.map((id) => account.terminate(id)));
  expect(membersOf(await whole(gone))).toEqual(membersOf(before));
  await expectKept();
});

test('a volume that can’t be attached stops the machine, and costs no member', async () => {
  const before = await status();
  const machine = await controllerOf('b');
  const { id } = await addFault(sandbox.directory, {
    kind: 'aws',
    operation: 'ec2:AttachVolume',
    error: 'throttled',
    resource: machine?.volumeId,
  });
  await account.terminate(machine?.instanceId ?? '');
  await eventually(async () => {
    const next = await controllerOf('b');
    expect(next).toMatchObject({ state: 'booting', components: [] });
    expect(next?.error).toMatch(/^volume, attempt [3-9]: .*can't be attached: Request limit exceeded/);
  });
  expect(membersOf(await status())).toEqual(membersOf(before));
  await clearFaults(sandbox.directory, id);
  expect(membersOf(await whole([machine?.instanceId ?? '']))).toEqual(membersOf(before));
});

test('a controller whose volume lost its data joins anew as a learner that gets a vote', async () => {
  const before = await status();
  const machine = await controllerOf('c');
  await account.terminate(machine?.instanceId ?? '');
  rmSync(join(sandbox.directory, 'volumes', machine?.volumeId ?? ''), { recursive: true });
  const after = await whole([machine?.instanceId ?? '']);
  const others = (found: SandboxStatus) => membersOf(found).filter((line) => !line.includes('-controller-c'));
  expect(others(after)).toEqual(others(before));
  expect(membersOf(after)).not.toEqual(membersOf(before));
  await expectKept();
});

test('an unreadable bucket keeps no controller from starting again, and makes none of them begin anew', async () => {
  const before = await status();
  await addFault(sandbox.directory, { kind: 'aws', operation: 's3:*', error: 'denied' });
  await rebootMachines(sandbox.directory, 'controller');
  await eventually(async () => {
    const found = await status();
    expect(controllers(found).map(({ error }) => error)).toEqual(
      Array(3).fill(expect.stringMatching(/^publish, attempt \d+: not published: issuer authority join_credentials/)),
    );
    expect(membersOf(found)).toEqual(membersOf(before));
  });
  await clearFaults(sandbox.directory);
  await whole();
  await expectKept();
});
