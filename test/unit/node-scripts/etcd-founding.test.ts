import { describe, expect, it } from 'vitest';
import {
  cluster,
  dataOf,
  laterLog,
  running,
  wals,
  withData,
  withNothingWritten,
  withUnreadableData,
} from './etcd-data.ts';
import { type MachineName, onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

onEachShell('step etcd, where no member answers', (machine) => {
  function controller(name: Exclude<MachineName, 'worker'>): ScriptMachine {
    const one = machine(name);
    one.answer('kubeadm', 'exit 0');
    one.etcd({ healthy: [], cluster: running.cluster, members: [] });
    return one;
  }
  function stops(one: ScriptMachine, ...says: string[]): void {
    const before = one.list('var/lib/etcd');
    const { ok, output } = one.run('etcd');
    expect(ok).toBe(false);
    for (const text of says) expect(output).toContain(text);
    expect(one.list('var/lib/etcd')).toEqual(before);
    expect(one.facts().ETCD_CLUSTER_STATE).toBeUndefined();
  }
  const volume = { a: 'vol-0aaaaaaaaaaaaaaaa', b: 'vol-0bbbbbbbbbbbbbbbb' };
  const record = `c6e741ee30dfe943 ${running.ownId}`;

  describe.each(['a', 'b'] as const)('with data, on controller %s', (name) => {
    it.each([
      ['says nothing of it', undefined],
      ['has it as this member’s', `${record} ${volume[name]}\n`],
    ])('starts with it where the bucket %s: all may be starting', (_case, content) => {
      const one = controller(name);
      withData(one);
      if (content) one.store(`etcd/members/demo-controller-${name}`, content);
      expect(one.run('etcd')).toMatchObject({ ok: true });
      expect(one.facts()).toMatchObject({
        ETCD_CLUSTER_STATE: 'existing',
        ETCD_INITIAL_CLUSTER: cluster('a', 'b', 'c'),
      });
      expect(dataOf(one)).toEqual({ member: true, aside: 0 });
      expect(one.stored('etcd/founded')).toBeUndefined();
    });

    it('starts with it where the bucket can’t be read', () => {
      const one = controller(name);
      withData(one);
      one.fault('get-object', cliSays.unreachable);
      expect(one.run('etcd').ok).toBe(true);
      expect(one.facts().ETCD_CLUSTER_STATE).toBe('existing');
    });

    it.each([
      ['another member', `c6e741ee30dfe943 d0fc88b41492808f ${volume[name]}`],
      ['another cluster', `c6e741ee30dfe944 ${running.ownId} ${volume[name]}`],
    ])('stops where the bucket has %s recorded for this controller', (_case, content) => {
      const one = controller(name);
      withData(one);
      one.store(`etcd/members/demo-controller-${name}`, `${content}\n`);
      stops(one, `recorded for demo-controller-${name} is ${content}: nothing was touched`);
    });
  });

  it.each([
    ['it is empty', ''],
    ['it breaks off', Buffer.from(wals['3.5.21'].head.replaceAll(/\s/g, ''), 'hex').subarray(0, 40)],
    ['it is all zero', Buffer.alloc(4096)],
    ['it is something else', Buffer.alloc(4096, 'PNG')],
  ])('stops where data can’t be read: %s', (_case, content) => {
    const one = controller('b');
    withUnreadableData(one, content);
    stops(one, `the etcd data on volume ${volume.b} can't be read`, 'nothing was touched');
  });

  it.each(Object.entries(wals))('reads whose data it is: etcd %s', (_version, data) => {
    const one = controller('b');
    withData(one, data);
    one.store('etcd/members/demo-controller-b', `${data.cluster} ${data.member} ${volume.b}\n`);
    expect(one.run('etcd')).toMatchObject({ ok: true });
    one.store('etcd/members/demo-controller-b', `${data.cluster} 1${data.member.slice(1)} ${volume.b}\n`);
    expect(one.run('etcd').output).toContain(`cluster and member ${data.cluster} ${data.member}, recorded`);
  });

  describe('without data', () => {
    it('waits, where it isn’t the first controller', () => {
      const one = controller('b');
      stops(one, 'waiting for a member of etcd that answers: https://demo-controller-a.demo.example.com:2379');
      expect(one.calls('aws')).toEqual([]);
    });

    it('founds the cluster, alone, where it is the first: the bucket knows it before etcd does', () => {
      const one = controller('a');
      expect(one.run('etcd')).toMatchObject({ ok: true });
      expect(one.facts()).toMatchObject({
        ETCD_CLUSTER_STATE: 'new',
        ETCD_INITIAL_CLUSTER: cluster('a'),
        ETCD_SERVERS:
          'https://10.0.1.10:2379,https://demo-controller-b.demo.example.com:2379,https://demo-controller-c.demo.example.com:2379',
      });
      expect(one.stored('etcd/founded')).toBe(`demo-controller-a ${volume.a}\n`);
    });

    it('founds it where a founding on this very volume died before there was a member', () => {
      const one = controller('a');
      one.store('etcd/founded', `demo-controller-a ${volume.a}\n`);
      expect(one.run('etcd').ok).toBe(true);
      expect(one.facts().ETCD_CLUSTER_STATE).toBe('new');
    });

    it('never founds it where it was founded on another volume', () => {
      const one = controller('a');
      one.store('etcd/founded', 'demo-controller-a vol-0other\n');
      stops(
        one,
        'founded on another volume (demo-controller-a vol-0other): not founding a second one',
        'aws s3 mv --recursive s3://demo-backup-111122223333/k8s/demo/etcd ',
      );
      expect(one.stored('etcd/founded')).toBe('demo-controller-a vol-0other\n');
    });

    it.each(['a', 'b', 'c'])('never founds it where member %s has served: this volume has lost its data', (letter) => {
      const one = controller('a');
      one.store('etcd/founded', `demo-controller-a ${volume.a}\n`);
      one.store(`etcd/members/demo-controller-${letter}`, `${record} vol-1\n`);
      stops(one, `volume ${volume.a}, on which this cluster was founded, is empty: not founding a second one`);
    });

    it.each([
      ['founded', 'get-object', '*/etcd/founded'],
      ['which members there are', 'get-object', '*/etcd/members/*'],
      ['founded, and can’t be told', 'put-object', '*'],
    ])('never founds it where the bucket doesn’t say whether: %s', (_case, operation, keys) => {
      const one = controller('a');
      one.store('etcd/founded', `demo-controller-a ${volume.a}\n`);
      one.fault(operation, cliSays.denied, keys);
      stops(one, cliSays.denied);
    });

    it('founds it with a CLI that knows no conditions', () => {
      const one = controller('a');
      one.write('old-cli', '');
      expect(one.run('etcd').ok).toBe(true);
      expect(one.stored('etcd/founded')).toBe(`demo-controller-a ${volume.a}\n`);
    });

    it('moves a start aside that was cut off before anything was written, and founds', () => {
      const one = controller('a');
      one.write('var/lib/etcd/member/snap/db', 'values of keys');
      expect(one.run('etcd').ok).toBe(true);
      expect(dataOf(one)).toEqual({ member: false, aside: 1 });
    });
  });

  it('founds it again where etcd was killed before it wrote what it knows: it would wait for ever', () => {
    const one = controller('a');
    one.store('etcd/founded', `demo-controller-a ${volume.a}\n`);
    withNothingWritten(one);
    expect(one.run('etcd')).toMatchObject({ ok: true });
    expect(dataOf(one)).toEqual({ member: false, aside: 1 });
    expect(one.facts()).toMatchObject({ ETCD_CLUSTER_STATE: 'new', ETCD_INITIAL_CLUSTER: cluster('a') });
  });

  it('takes a later log with nothing but its head for data: it went on where another was full', () => {
    const one = controller('a');
    one.store('etcd/founded', `demo-controller-a ${volume.a}\n`);
    withNothingWritten(one, laterLog);
    expect(one.run('etcd')).toMatchObject({ ok: true });
    expect(dataOf(one)).toEqual({ member: true, aside: 0 });
    expect(one.facts().ETCD_CLUSTER_STATE).toBe('existing');
  });

  it('is alone where the cluster has one controller', () => {
    const one = machine('a', '1.22', ({ environment }) => {
      environment.controllers.zones.splice(1);
    });
    one.answer('kubeadm', 'exit 0');
    one.etcd({ healthy: [], cluster: running.cluster, members: [] });
    withData(one);
    expect(one.run('etcd')).toMatchObject({ ok: true });
    expect(one.facts()).toMatchObject({ ETCD_INITIAL_CLUSTER: cluster('a'), ETCD_SERVERS: 'https://10.0.1.10:2379' });
  });
});
