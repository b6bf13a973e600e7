import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bootSteps } from '../../infra/node/boot-steps.ts';
import { Account } from '../../sandbox/aws/account.ts';
import { addressesOf, changeRecords, createHostedZone } from '../../sandbox/aws/dns.ts';
import { refusalOf } from '../../sandbox/aws/refusals.ts';
import { standIns } from '../../sandbox/deviations.ts';
import { FaultStore, parseFault } from '../../sandbox/faults.ts';
import { steps } from '../../sandbox/machines/boot/index.ts';
import { runBootProgram } from '../../sandbox/machines/boot/program.ts';
import type { Step } from '../../sandbox/machines/boot/step.ts';
import { Instance, type Surroundings } from '../../sandbox/machines/instance.ts';

vi.mock('../../sandbox/deviations.ts', async (original) => {
  const actual = await original<typeof import('../../sandbox/deviations.ts')>();
  const bootTimes = {
    pauseMilliseconds: 2,
    longestPauseMilliseconds: 4,
    betweenPassesMilliseconds: 20,
    pollMilliseconds: 1,
  };
  return { ...actual, bootTimes };
});

let directory: string;
let instance: Instance;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-boot-'));
  const surroundings = {
    directory: { instances: directory },
    number: 2,
    aws: { endpointUrl: 'http://127.0.0.1:1', region: 'eu-central-1' },
    log: () => {},
  } as unknown as Surroundings;
  instance = new Instance({ instanceId: 'i-1', privateIp: '10.0.1.10' } as Instance['machine'], surroundings);
  mkdirSync(instance.path('/etc/kubezero'), { recursive: true });
  writeFileSync(instance.path('/etc/kubezero/steps'), 'one\ntwo\nthree\n');
});
afterEach(() => {
  instance.power.abort();
  rmSync(directory, { recursive: true, force: true });
});

const state = () => readFileSync(instance.path('/run/kubezero/state'), 'utf8');

describe('the boot program of a machine in the sandbox', () => {
  test('has a stand-in for every step of every role', () => {
    for (const { name } of Object.values(bootSteps).flat()) expect(steps).toHaveProperty(name);
  });

  test('begins again with the first step after one that fails, and stops those after it', async () => {
    const ran: string[] = [];
    let failures = 3;
    const named =
      (name: string): Step =>
      async () =>
        void ran.push(name);
    const two: Step = async () => {
      ran.push('two');
      if (failures-- > 0) throw new Error('not yet');
    };
    void runBootProgram(instance, { one: named('one'), two, three: named('three') });
    await vi.waitFor(() => expect(instance.state).toBe('running'));
    expect(ran.slice(0, 9).join(' ')).toBe('one two one two one two one two three');
    expect(state()).toBe('running\n');
    expect(instance.error).toBeUndefined();
  });

  test('says in which step it is, at which attempt, and why', async () => {
    const fails: Step = async () => Promise.reject(new Error('volume vol-1 is attached at i-2'));
    void runBootProgram(instance, { one: async () => {}, two: fails });
    await vi.waitFor(() => expect(instance.error).toMatch(/^two, attempt \d\d: volume vol-1 is attached at i-2$/));
    expect(state()).toMatch(/^two \d+ volume vol-1 is attached at i-2\n$/);
    expect(instance.state).toBe('booting');
  });

  test('runs its steps again from time to time, and stays up where one of them fails then', async () => {
    let passes = 0;
    const three: Step = async () => {
      passes += 1;
      if (passes > 1) throw new Error('Route 53 is away');
    };
    void runBootProgram(instance, { one: async () => {}, two: async () => {}, three });
    await vi.waitFor(() => expect(instance.error).toMatch(/^three, attempt \d+: Route 53 is away$/));
    expect(instance.state).toBe('running');
  });

  test('ends where it is when the machine is powered off', async () => {
    let entered = 0;
    const waits: Step = ({ power }) =>
      new Promise((_resolve, reject) => {
        entered += 1;
        power.signal.addEventListener('abort', () => reject(power.signal.reason));
      });
    const ended = runBootProgram(instance, { one: waits });
    await vi.waitFor(() => expect(entered).toBe(1));
    instance.power.abort(new Error('powered off'));
    await ended;
    expect(entered).toBe(1);
  });
});

describe('faults of AWS', () => {
  test('refuse the operations and resources that they name, until they are cleared', () => {
    const faults = new FaultStore();
    faults.add(parseFault({ kind: 'aws', operation: 'ec2:Attach*', error: 'throttled', resource: 'vol-1' }));
    expect(faults.awsRefusal('ec2:AttachVolume', 'vol-1 i-1')).toBe('throttled');
    expect(faults.awsRefusal('ec2:AttachVolume', 'vol-2 i-1')).toBeUndefined();
    expect(faults.awsRefusal('ec2:DescribeVolumes', 'vol-1')).toBeUndefined();
    faults.clear();
    expect(faults.awsRefusal('ec2:AttachVolume', 'vol-1 i-1')).toBeUndefined();
  });

  test.each([
    [{ kind: 'aws' }, 'a aws fault needs `operation`'],
    [{ kind: 'aws', operation: 's3:*', error: 'slow' }, 'AWS can\'t refuse with "slow"'],
  ])('are refused where they are not whole: %j', (input, message) => {
    expect(() => parseFault(input)).toThrow(message);
  });

  test('have the words of the service', () => {
    expect(refusalOf('s3:PutObject', 'throttled')).toMatchObject({ code: 'SlowDown', status: 503 });
    expect(refusalOf('ec2:AttachVolume', 'throttled')).toMatchObject({ code: 'RequestLimitExceeded', status: 503 });
    expect(refusalOf('s3:PutObject', 'expired')).toMatchObject({ code: 'ExpiredToken', status: 400 });
    expect(refusalOf('ec2:AttachVolume', 'expired')).toMatchObject({ code: 'RequestExpired', status: 400 });
    expect(refusalOf('autoscaling:SetDesiredCapacity', 'expired')).toMatchObject({ code: 'ExpiredToken', status: 403 });
    expect(refusalOf('route53:GetChange', 'throttled')).toMatchObject({ code: 'Throttling', status: 400 });
  });
});

test('resolvers get a record a moment after it was changed, and the old one until then', async () => {
  const account = new Account({
    region: 'eu-central-1',
    host: { boot: async () => {}, terminate: async () => {} },
    images: [],
    log: () => {},
    delays: { dns: 60 },
  });
  const zone = createHostedZone(account, { name: 'demo.example.com' });
  const set = (...values: string[]) =>
    changeRecords(account, zone, [{ action: 'UPSERT', name: 'A.demo.example.com', type: 'A', ttl: 10, values }]);
  set('10.0.1.10');
  expect(addressesOf(account, 'a.demo.example.com')).toEqual([]);
  await vi.waitFor(() => expect(addressesOf(account, 'a.demo.example.com.')).toEqual(['10.0.1.10']));
  set('10.0.1.11', '10.0.2.11');
  expect(addressesOf(account, 'a.demo.example.com')).toEqual(['10.0.1.10']);
  await vi.waitFor(() => expect(addressesOf(account, 'a.demo.example.com')).toEqual(['10.0.1.11', '10.0.2.11']));
  expect(addressesOf(account, 'b.demo.example.com')).toEqual([]);
});

test('every stand-in says what it stands for and what is different', () => {
  for (const standIn of standIns) for (const text of Object.values(standIn)) expect(text.length).toBeGreaterThan(2);
});
