import { closeSync, copyFileSync, openSync, readSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controllerProgram, programKey } from '../../infra/node/boot-program.ts';
import { getBucket, putObject } from '../../sandbox/aws/buckets.ts';
import { attachVolume, detachVolume } from '../../sandbox/aws/volumes.ts';
import { TestAccount } from './account.ts';
import { onMachines } from './on-machines.ts';
import type { TestMachine } from './test-machine.ts';

const folder = 's3://test-backup/k8s/test';

onMachines('machines whose surroundings are not as they should be', () => {
  let account: TestAccount;
  let controller: TestMachine;
  let ids: { cluster: string; member: string };
  let keys: Record<string, string>;

  beforeAll(async () => {
    account = await TestAccount.start();
    account.machines.clockSkew = -20 * 60_000;
    controller = await account.launchController('a', { before: 'umount /usr/bin/crictl\nrm /usr/bin/crictl' });
  });

  afterAll(() => account?.stop());

  const volume = () => {
    if (!account.volumes.a) throw new Error('no volume');
    return account.volumes.a;
  };
  /** What is in the bucket but for boot logs and what the controllers layer puts there. */
  const stored = () => [...account.objects].filter(([key]) => !/\/boot(-log)?\//.test(key)).sort();
  const bucket = () => getBucket(account.account, account.bucketName);
  const program = programKey('test', controllerProgram().digest);
  /** Until something has come to pass; pauses between attempts end early. */
  const hurried = async <T>(outcome: Promise<T>): Promise<T> => {
    const endPause = () => {
      if (controller.real.read('/run/kubezero/ready') === undefined)
        void controller.exec('pkill -x sleep').catch(() => undefined);
    };
    const timer = setInterval(endPause, 4000);
    return outcome.finally(() => clearInterval(timer));
  };
  /** It stops with that message, and stores nothing. */
  const stops = async (message: RegExp) => {
    const before = stored();
    expect(await hurried(controller.saying(message))).toMatch(message);
    expect(stored()).toEqual(before);
    expect(controller.real.read('/run/kubezero/ready')).toBe(undefined);
  };
  /** It has gone on by itself, and has the cluster as it was. */
  const goesOn = async () => {
    await hurried(controller.running());
    expect(await controller.etcdIds()).toEqual(ids);
    expect(await controller.keys()).toEqual(keys);
  };
  const replace = async () => {
    await account.terminate(controller);
    controller = await account.launchController('a');
  };

  it('says what the image lacks', async () => {
    await stops(
      /^requirements \d+ machine image zdt-alpine-\S* lacks: crictl\. Put an image that has them into environment\.yaml \(images\), update the layer and terminate this machine$/,
    );
    const crictl = controller.real.path('/usr/bin/crictl') ?? '';
    copyFileSync(account.surroundings.tools('crictl'), crictl);
  });

  it('doesn’t go on with a clock that is off', async () => {
    await stops(
      /^requirements \d+ the clock is 1(199|20\d) seconds off \(here .* UTC .*\); is time synchronisation running\?$/,
    );
    putObject(bucket(), program, Buffer.from('#!/bin/sh\ntouch /touched\n'));
    account.machines.clockSkew = 0;
  });

  it('runs no program but the one that it was made for', async () => {
    await stops(new RegExp(`^program \\d+ s3://test-backup/${program} is not what this machine was made for: `));
    bucket().objects.delete(program);
    await stops(
      new RegExp(`^program \\d+ s3://test-backup/${program} isn't there: .*'kubezero up test' puts it there`),
    );
    expect(await controller.out('ls /touched /etc/kubezero/installed 2> /dev/null; true')).toBe('');
    volume().zone = 'eu-central-1b';
    account.putProgram();
  });

  it('leaves a volume in another zone alone', async () => {
    await stops(
      /^volume \d+ volume vol-\w+ is in eu-central-1b, this machine in eu-central-1a: .* \(kubezero up\), then terminate this machine$/,
    );
    volume().zone = 'eu-central-1a';
    volume().tags['kubezero/cluster'] = 'other';
  });

  it('leaves a volume of another cluster alone', async () => {
    await stops(
      /^volume \d+ volume vol-\w+ belongs to cluster other, this machine to test: nothing was touched; .*kubezero up/,
    );
    volume().tags['kubezero/cluster'] = 'test';
    account.faults.add({ kind: 'aws', operation: 'ec2:DescribeVolumes', error: 'denied' });
  });

  it('tells a refusal from an absence', async () => {
    await stops(/^volume \d+ cannot look at volume vol-\w+: .*UnauthorizedOperation/);
    expect(volume().attachment).toBe(undefined);
  });

  it('waits for a volume that another machine has', async () => {
    const other = await account.launch({
      release: '1.22',
      zone: 'eu-central-1a',
      role: 'other',
      userData: '#!/bin/sh\necho nothing\n',
    });
    attachVolume(account.account, volume().id, other.id, '/dev/sdf');
    account.faults.clear();
    await stops(
      new RegExp(
        `^volume \\d+ volume ${volume().id} is attach\\w+ at ${other.id}: waiting for it to be let go\\. If that machine hangs, stop it in EC2$`,
      ),
    );
    // What it finds then was written by something else; and it takes long to appear.
    detachVolume(account.account, volume().id);
    await account.terminate(other);
    const file = volumeFile();
    writeFileSync(file, Buffer.alloc(8192, 'x'));
    truncateSync(file, 1024 ** 3);
    account.machines.attachDelay = 75_000;
  });

  it('waits for an attachment that takes long, and formats nothing that was ever written to', async () => {
    await stops(/^volume \d+ still waiting for the device of volume vol-\w+ to appear$/);
    await stops(
      /^volume \d+ volume vol-\w+ \(\/dev\/nvme1n1\) has data that is no ext4 file system: nothing was touched\. Look at it before anything else; the hourly backup is in the bucket$/,
    );
    expect(head(8192)).toEqual(Buffer.alloc(8192, 'x'));
    account.machines.attachDelay = 0;
    await controller.out('dd if=/dev/zero of=/dev/nvme1n1 bs=8192 count=1 conv=fsync');
    account.faults.add({ kind: 'aws', operation: 's3:GetObject', error: 'denied' });
  });

  it('doesn’t take a bucket that can’t be read for an empty one', async () => {
    await stops(new RegExp(`^keys \\d+ cannot read ${folder}/pki/shared-keys: .*\\(AccessDenied\\)`));
    expect(stored()).toEqual([]);
    account.faults.clear();
    await hurried(controller.running());
    ids = await controller.etcdIds();
    await controller.writeKeys('first', 100);
    keys = await controller.keys();
  });

  it.each(['denied', 'throttled', 'unavailable'] as const)(
    'waits for a bucket while members exist (%s)',
    async (error) => {
      await account.terminate(controller);
      account.faults.add({ kind: 'aws', operation: 's3:*', error });
      controller = await account.launchController('a');
      await stops(new RegExp(`^program \\d+ cannot read s3://test-backup/${program}: `));
      account.faults.clear();
      account.faults.add({ kind: 'aws', operation: 's3:*', resource: 'pki/', error });
      await stops(new RegExp(`^keys \\d+ cannot read ${folder}/pki/shared-keys: `));
      account.faults.clear();
      await goesOn();
    },
  );

  it.each(['denied', 'throttled'] as const)('starts nothing without its volume (%s)', async (error) => {
    await account.terminate(controller);
    account.faults.add({ kind: 'aws', operation: 'ec2:AttachVolume', error });
    controller = await account.launchController('a');
    await stops(new RegExp(`^volume \\d+ volume ${volume().id} can't be attached: `));
    expect(await controller.out('ls /var/lib/etcd 2> /dev/null; true')).toBe('');
    account.faults.clear();
    await goesOn();
  });

  it('doesn’t make other keys where there is data and the bucket is empty', async () => {
    const before = new Map(bucket().objects);
    bucket().objects.clear();
    account.putProgram();
    await replace();
    await stops(
      new RegExp(
        `^keys \\d+ ${folder}/pki/shared-keys is gone, volume ${volume().id} has the data of etcd: a version before it is in the bucket's history$`,
      ),
    );
    for (const [key, object] of before) bucket().objects.set(key, object);
    await goesOn();
  });

  it('doesn’t start on the data of another member', async () => {
    const key = 'k8s/test/etcd/members/test-controller-a';
    const recorded = String(bucket().objects.get(key)?.body);
    putObject(bucket(), key, Buffer.from(recorded.replace(ids.member, 'abcdef0123456789')));
    await replace();
    await stops(
      new RegExp(
        `^etcd \\d+ volume ${volume().id} has the data of etcd cluster and member ${ids.cluster} ${ids.member}, recorded for test-controller-a is .*: nothing was touched\\. .* delete ${folder}/etcd/members/test-controller-a$`,
      ),
    );
    putObject(bucket(), key, Buffer.from(recorded));
    await goesOn();
  });

  it('founds no second cluster on an empty volume', async () => {
    const kept = volume();
    await account.terminate(controller);
    account.volumes.a = account.newVolume('a');
    account.faults.add({ kind: 'aws', operation: 's3:*', resource: 'etcd/founded', error: 'denied' });
    controller = await account.launchController('a');
    await stops(new RegExp(`^etcd \\d+ cannot write ${folder}/etcd/founded: .*AccessDenied`));
    account.faults.clear();
    await stops(
      new RegExp(
        `^etcd \\d+ no member of etcd answers, and this cluster was founded on another volume \\(test-controller-a ${kept.id}\\): not founding a second one\\. .* To begin anew without its data: aws s3 mv --recursive ${folder}/etcd ${folder}/etcd-before$`,
      ),
    );
    expect(await controller.out('ls /var/lib/etcd')).toBe('lost+found');
    await account.terminate(controller);
    account.volumes.a = kept;
    controller = await account.launchController('a');
    await goesOn();
  });

  it('founds one anew where it is told to', async () => {
    await account.terminate(controller);
    account.volumes.a = account.newVolume('a');
    controller = await account.launchController('a');
    await stops(/^etcd \d+ no member of etcd answers/);
    await controller.out(`aws s3 mv --recursive ${folder}/etcd ${folder}/etcd-before`);
    await hurried(controller.running());
    expect(await controller.keys()).toEqual({});
    expect((await controller.etcdIds()).cluster).toBeTruthy();
  });

  const volumeFile = () => join(account.directory, 'volumes', `${volume().id}.img`);
  const head = (length: number): Buffer => {
    const file = openSync(volumeFile(), 'r');
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, 0);
    closeSync(file);
    return buffer;
  };
});
