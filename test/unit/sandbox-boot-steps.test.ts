import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { controllerProgram } from '../../infra/node/boot-program.ts';
import { unpackProgram } from '../../infra/node/installer.ts';
import { readScript } from '../../infra/node/scripts.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { names } from '../../sandbox/machines/boot/names.ts';
import { program } from '../../sandbox/machines/boot/program-step.ts';
import { volume } from '../../sandbox/machines/boot/volume.ts';
import type { Instance } from '../../sandbox/machines/instance.ts';

import { aws, controller, directory, faults, newVolume, put, region } from './sandbox-steps-fixture.ts';

describe('the step volume', () => {
  test('attaches and formats a new volume, and finds it again', async () => {
    const instance = await controller('a');
    await volume(instance);
    expect(readdirSync(instance.volume ?? '')).toEqual(['lost+found']);
    writeFileSync(join(instance.volume ?? '', 'kept'), '');
    instance.volume = undefined;
    await volume(instance);
    expect(readdirSync(instance.volume ?? '')).toEqual(['kept', 'lost+found']);
  });

  test.each([
    ['of another zone', () => newVolume(`${region}b`), /is in eu-central-1b, this machine in eu-central-1a/],
    [
      'of another cluster',
      () => newVolume(`${region}a`, 'other'),
      /belongs to cluster other, this machine to demo: nothing was/,
    ],
    [
      'that isn’t there',
      async () => 'vol-0123456789abcdef0',
      /cannot look at volume .*: The volume 'vol-0123456789abcdef0' does/,
    ],
  ])('stops at a volume %s', async (_what, make, message) => {
    const instance = await controller('a', { etcdVolumeId: await make() });
    await expect(volume(instance)).rejects.toThrow(message);
    expect(instance.volume).toBeUndefined();
  });

  test('waits for a volume that another machine has, naming it', async () => {
    const first = await controller('a');
    await volume(first);
    const other = await controller('a', { etcdVolumeId: first.config?.etcdVolumeId });
    Object.assign(other.machine, { instanceId: 'i-0123456789abcdef0' });
    await expect(volume(other)).rejects.toThrow(
      `is attached at ${first.machine.instanceId}: waiting for it to be let go`,
    );
  });

  test('touches nothing on a volume with data that is no file system', async () => {
    const instance = await controller('a');
    const place = join(directory, 'volumes', instance.config?.etcdVolumeId ?? '');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'superblock'), 'xfs');
    await expect(volume(instance)).rejects.toThrow('data that is no ext4 file system: nothing was touched');
    expect(readdirSync(place)).toEqual(['superblock']);
  });

  test('says how AWS refuses', async () => {
    faults.add({ kind: 'aws', operation: 'ec2:AttachVolume', error: 'throttled' });
    await expect(volume(await controller('a'))).rejects.toThrow(/can't be attached: Request limit exceeded/);
  });
});

describe('the step program', () => {
  const { content, digest } = controllerProgram();
  const key = `boot/${digest}`;
  const scripts = unpackProgram(content);
  const wanting = async (wanted = digest) => {
    const instance = await controller('a');
    mkdirSync(instance.path('/etc/kubezero'), { recursive: true });
    writeFileSync(instance.path('/etc/kubezero/program'), `${wanted}\n`);
    return instance;
  };
  const read = (instance: Instance, path: string) => readFileSync(instance.path(path), 'utf8');

  test('installs the scripts once; then it needs no bucket', async () => {
    const a = await wanting();
    await put(a, key, content);
    await program(a);
    for (const file of scripts) expect(read(a, file.path)).toBe(file.content);
    expect(statSync(a.path('/usr/local/lib/kubezero/etcd')).mode & 0o777).toBe(0o755);
    faults.add({ kind: 'aws', operation: 's3:*', error: 'denied' });
    await program(a);
  });

  test('installs nothing where the object is absent, another one or can’t be read', async () => {
    const a = await wanting();
    await expect(program(a)).rejects.toThrow(/k8s\/demo\/boot\/\w+ isn't there: .*'kubezero up demo' puts it there/);
    await put(a, key, `${content}#\n`);
    await expect(program(a)).rejects.toThrow(/is not what this machine was made for: its SHA-256 is [0-9a-f]{64}\. No/);
    faults.add({ kind: 'aws', operation: 's3:GetObject', error: 'denied' });
    await expect(program(a)).rejects.toThrow(/cannot read s3:.*\/boot\/\w+: Access Denied/);
    expect(readdirSync(a.path('/etc/kubezero'))).toEqual(['program']);
  });

  test('says in the same words what the script says', () => {
    const script = readScript('program');
    const source = readFileSync(join(repositoryRoot, 'sandbox/machines/boot/program-step.ts'), 'utf8');
    for (const words of [
      'the controllers layer was not updated to its end, or somebody deleted it. ',
      'Find out who wrote it, and put the version before it back (the bucket keeps them for 30 days); ',
      ' puts it there (if it finds nothing to do: after ',
    ]) {
      expect(script).toContain(words);
      expect(source).toContain(words);
    }
  });
});

describe('the step names', () => {
  test('sets the controller’s record and waits until it resolves', async () => {
    const instance = await controller('b');
    await names(instance);
    expect(aws.addressesOf('demo-controller-b.demo.example.com')).toEqual([instance.machine.privateIp]);
  });

  test('stops where the record can’t be set', async () => {
    await expect(names(await controller('b', { hostedZoneId: 'Z0NOBODY' }))).rejects.toThrow(
      "the DNS record of demo-controller-b.demo.example.com can't be set: No hosted zone found with ID: Z0NOBODY",
    );
  });
});
