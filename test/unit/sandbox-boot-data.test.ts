import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withBucket } from '../../sandbox/machines/boot/aws.ts';
import { etcd } from '../../sandbox/machines/boot/etcd.ts';
import { keys } from '../../sandbox/machines/boot/keys.ts';
import { volume } from '../../sandbox/machines/boot/volume.ts';
import type { Instance } from '../../sandbox/machines/instance.ts';
import { sharedPkiFiles } from '../../sandbox/machines/pki.ts';
import { dnsOf } from './aws-dns.ts';

import { aws, controller, faults, hostedZoneId, objects, put } from './sandbox-steps-fixture.ts';

describe('the step keys', () => {
  const read = (instance: Instance) => readFileSync(instance.path('/etc/kubernetes/pki/ca.key'), 'utf8');

  test('is done once by the first controller; the others wait for it', async () => {
    const [a, b] = [await controller('a'), await controller('b')];
    await expect(keys(b)).rejects.toThrow('waiting for demo-controller-a to make the keys of cluster demo');
    await volume(a);
    await volume(b);
    await keys(a);
    await keys(b);
    expect([read(a), read(b)]).toEqual(Array(2).fill('made for ca.key'));
    expect(readdirSync(a.volume ?? '')).toEqual(['lost+found']);
  });

  test('keeps the keys that are in the bucket', async () => {
    const a = await controller('a');
    await volume(a);
    const stored = sharedPkiFiles.map((name) => `${name} ${Buffer.from(`old ${name}`).toString('base64')}\n`).join('');
    await put(a, 'pki/shared-keys', stored);
    await keys(a);
    expect(read(a)).toBe('old ca.key');
    expect(await withBucket(a, (bucket) => bucket.read('pki/shared-keys'))).toBe(stored);
  });

  test('takes no error for absence', async () => {
    const a = await controller('a');
    await volume(a);
    faults.add({ kind: 'aws', operation: 's3:GetObject', error: 'denied' });
    await expect(keys(a)).rejects.toThrow(/cannot read s3:.*shared-keys: Access Denied/);
    faults.clear();
    await expect(keys(await controller('a', { backupBucket: 'no-such-bucket' }))).rejects.toThrow('does not exist');
    expect(objects()).toEqual([]);
  });

  test('needs no bucket once the keys are there', async () => {
    const a = await controller('a');
    await volume(a);
    await keys(a);
    faults.add({ kind: 'aws', operation: 's3:*', error: 'unavailable' });
    await keys(a);
  });

  test('refuses a folder and a record of another maker’s cluster', async () => {
    const a = await controller('a');
    await volume(a);
    await dnsOf(aws.endpointUrl).change(hostedZoneId, {
      action: 'UPSERT',
      name: 'kube-api.demo.example.com',
      type: 'A',
      values: ['10.9.9.9'],
    });
    await expect(keys(a)).rejects.toThrow('the DNS record kube-api.demo.example.com exists already (10.9.9.9)');
    // What is there before the first controller is ours.
    await put(a, 'boot/0123', 'a program');
    await expect(keys(a)).rejects.toThrow('the DNS record kube-api.demo.example.com exists already (10.9.9.9)');
    await put(a, 'pki/ca.key', 'theirs');
    await expect(keys(a)).rejects.toThrow("holds no keys of this cluster but: pki/ca.key - it is another cluster's");
    expect(objects()).toEqual(['k8s/demo/boot/0123', 'k8s/demo/pki/ca.key']);
  });
});

describe('the step etcd', () => {
  const found = async (instance: Instance) => {
    await volume(instance);
    await etcd(instance);
    return instance.placeholders.ETCD_CLUSTER_STATE;
  };

  test('founds once, also where the first attempt was cut off', async () => {
    const a = await controller('a');
    expect(await found(a)).toBe('new');
    expect(await found(a)).toBe('new');
    expect(a.placeholders.ETCD_INITIAL_CLUSTER).toBe(
      'demo-controller-a=https://demo-controller-a.demo.example.com:2380',
    );
    await expect(found(await controller('b'))).rejects.toThrow('waiting for a member of etcd that answers');
  });

  test('founds nothing on another volume, nor where members were there', async () => {
    const a = await controller('a');
    await put(a, 'etcd/founded', 'demo-controller-a vol-0123456789abcdef0\n');
    await expect(found(a)).rejects.toThrow('founded on another volume (vol-0123456789abcdef0)');
    await put(a, 'etcd/founded', `demo-controller-a ${a.config?.etcdVolumeId}\n`);
    await put(a, 'etcd/members/demo-controller-b', 'c1 b1 vol-1\n');
    await expect(found(a)).rejects.toThrow('on which this cluster was founded, is empty');
  });

  test('founds nothing where the bucket can’t be read', async () => {
    faults.add({ kind: 'aws', operation: 's3:GetObject', error: 'unavailable' });
    await expect(found(await controller('a'))).rejects.toThrow('internal error');
    expect(objects()).toEqual([]);
  });

  test('moves data aside that was never written', async () => {
    const a = await controller('a');
    await volume(a);
    mkdirSync(join(a.volume ?? '', 'member/wal'), { recursive: true });
    await etcd(a);
    expect(readdirSync(a.volume ?? '')).toEqual(['lost+found', expect.stringMatching(/^member\.stale-\d{8}T\d{6}Z$/)]);
  });

  test('touches nothing that it can’t read', async () => {
    const a = await controller('a');
    await volume(a);
    mkdirSync(join(a.volume ?? '', 'member/wal'), { recursive: true });
    writeFileSync(join(a.volume ?? '', 'member/wal/0.wal'), 'no log');
    await expect(etcd(a)).rejects.toThrow(/can't be read .*: nothing was touched/);
    expect(readdirSync(a.volume ?? '')).toEqual(['lost+found', 'member']);
  });
});
