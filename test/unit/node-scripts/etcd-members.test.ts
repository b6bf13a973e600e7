import { describe, expect, it } from 'vitest';
import { added, cluster, dataOf, member, running, wals, withData, withNothingWritten } from './etcd-data.ts';
import { onEachShell, type ScriptMachine } from './machine.ts';

const [a, c] = ['a', 'c'].map((letter) => `https://demo-controller-${letter}.demo.example.com:2379`) as [
  string,
  string,
];

/** How membership was changed. */
const changes = (one: ScriptMachine) =>
  one
    .calls('etcdctl')
    .map((call) => /member (?!list).*/.exec(call)?.[0])
    .filter(Boolean);

onEachShell('step etcd, where a member of the cluster answers', (machine) => {
  /** Controller b, and what the others say. */
  function controllerB(answers: Partial<Parameters<ScriptMachine['etcd']>[0]> & { members: string[] }): ScriptMachine {
    const one = machine('b');
    one.answer('kubeadm', 'exit 0');
    one.etcd({ healthy: [a, c], cluster: running.cluster, ...answers });
    return one;
  }

  it('goes on with its data, as the member it is', () => {
    const one = controllerB({ members: [member('a'), member('b', running.ownId), member('c')] });
    withData(one);
    expect(one.run('etcd')).toMatchObject({ ok: true });
    expect(changes(one)).toEqual([]);
    expect(dataOf(one)).toEqual({ member: true, aside: 0 });
    expect(one.facts()).toMatchObject({
      ETCD_CLUSTER_STATE: 'existing',
      ETCD_INITIAL_CLUSTER: cluster('a', 'b', 'c'),
      ETCD_SERVERS: `https://10.0.2.10:2379,${a},${c}`,
    });
  });

  it('asks as the API server would, with a certificate of its own', () => {
    const one = controllerB({ members: [member('a')] });
    one.run('etcd');
    expect(one.calls('kubeadm')).toEqual(['init phase certs etcd-healthcheck-client --kubernetes-version v1.22.8']);
    expect(one.calls('etcdctl')[0]).toBe(
      `--endpoints ${a} --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key --command-timeout 8s endpoint health`,
    );
  });

  it('asks the next one where the first doesn’t answer', () => {
    const one = controllerB({ healthy: [c], members: [member('a'), member('c')] });
    expect(one.run('etcd').ok).toBe(true);
    expect(changes(one)).toHaveLength(1);
  });

  it('joins as a learner where it has no data and isn’t known', () => {
    const one = controllerB({ members: [member('a'), member('c')] });
    expect(one.run('etcd').ok).toBe(true);
    expect(changes(one)).toEqual([
      'member add demo-controller-b --learner --peer-urls https://demo-controller-b.demo.example.com:2380',
    ]);
    expect(one.facts()).toMatchObject({
      ETCD_CLUSTER_STATE: 'existing',
      ETCD_INITIAL_CLUSTER: cluster('a', 'c', 'b'),
    });
  });

  it('isn’t added twice where an earlier boot died after adding it', () => {
    const one = controllerB({ members: [member('a'), added('b'), member('c')] });
    expect(one.run('etcd').ok).toBe(true);
    expect(changes(one)).toEqual([]);
    expect(one.facts().ETCD_INITIAL_CLUSTER).toBe(cluster('a', 'b', 'c'));
  });

  it('is removed and added anew where its volume is empty', () => {
    const one = controllerB({ members: [member('a'), member('b'), member('c')] });
    const { ok, output } = one.run('etcd');
    expect(output).toContain('member bbbb has lost its data: removing it');
    expect(ok).toBe(true);
    expect(changes(one)).toEqual([
      'member remove bbbb',
      'member add demo-controller-b --learner --peer-urls https://demo-controller-b.demo.example.com:2380',
    ]);
    expect(one.facts().ETCD_INITIAL_CLUSTER).toBe(cluster('a', 'c', 'b'));
  });

  it('moves data of a removed member aside, and joins as a new one', () => {
    const one = controllerB({ members: [member('a'), member('c')] });
    withData(one);
    const { ok, output } = one.run('etcd');
    expect(ok).toBe(true);
    expect(output).toContain(`the cluster has removed member ${running.ownId}`);
    expect(dataOf(one)).toEqual({ member: false, aside: 1 });
    expect(changes(one)).toEqual([expect.stringMatching(/^member add demo-controller-b --learner/)]);
  });

  it('moves data of a removed member aside where it was added anew before', () => {
    const one = controllerB({ members: [member('a'), added('b'), member('c')] });
    withData(one);
    expect(one.run('etcd').ok).toBe(true);
    expect(dataOf(one)).toEqual({ member: false, aside: 1 });
    expect(changes(one)).toEqual([]);
  });

  it('moves a start aside that was cut off before anything was written', () => {
    const one = controllerB({ members: [member('a'), added('b')] });
    one.write('var/lib/etcd/member/snap/db', 'values of keys');
    expect(one.run('etcd').ok).toBe(true);
    expect(dataOf(one)).toEqual({ member: false, aside: 1 });
  });

  it('starts anew as the learner it was announced as where its etcd was killed before it wrote anything', () => {
    const one = controllerB({ members: [member('a'), added('b')] });
    withNothingWritten(one);
    expect(one.run('etcd').ok).toBe(true);
    expect(dataOf(one)).toEqual({ member: false, aside: 1 });
    expect(changes(one)).toEqual([]);
  });

  it('tells members its lasting name where they know it by an address', () => {
    const one = controllerB({
      members: [member('a'), member('b', running.ownId, 'https://10.0.2.77:2380')],
    });
    withData(one);
    expect(one.run('etcd').ok).toBe(true);
    expect(changes(one)).toEqual([
      `member update ${running.ownId} --peer-urls https://demo-controller-b.demo.example.com:2380`,
    ]);
    expect(one.facts().ETCD_INITIAL_CLUSTER).toBe(cluster('a', 'b'));
    expect(dataOf(one)).toEqual({ member: true, aside: 0 });
  });

  it('is settled once the kubelet may start: later runs change nothing', () => {
    const one = controllerB({ members: [] });
    one.write('run/kubezero/ready', '');
    expect(one.run('etcd').ok).toBe(true);
    expect(one.calls('etcdctl')).toEqual([]);
  });

  describe('stops, touching nothing, where', () => {
    function stops(one: ScriptMachine, ...says: string[]): void {
      const before = dataOf(one);
      const { ok, output } = one.run('etcd');
      expect(ok).toBe(false);
      for (const text of says) expect(output).toContain(text);
      expect(dataOf(one)).toEqual(before);
      expect(one.facts().ETCD_CLUSTER_STATE).toBeUndefined();
    }

    it('the data is of another cluster', () => {
      const one = controllerB({ members: [member('a'), member('b', running.ownId)] });
      withData(one, wals['3.4.23']);
      stops(
        one,
        'volume vol-0bbbbbbbbbbbbbbbb has the data of etcd cluster aa60e965f8e2bda6, the running one is c6e741ee30dfe943',
        'nothing was touched',
      );
      expect(changes(one)).toEqual([]);
    });

    it('the data is another member’s', () => {
      const one = controllerB({ members: [member('a', running.ownId), member('b')] });
      withData(one);
      stops(
        one,
        `etcd member ${running.ownId}, which is demo-controller-a, not demo-controller-b: nothing was touched`,
      );
      expect(changes(one)).toEqual([]);
    });

    it.each(['with data', 'without'])('the members can’t be listed (%s)', (data) => {
      const one = controllerB({ members: [member('a')], refuses: { list: 'etcdserver: request timed out' } });
      if (data === 'with data') withData(one);
      stops(one, `the members of etcd can't be listed at ${a}`, 'etcdserver: request timed out');
      expect(changes(one)).toEqual([]);
    });

    it('they can’t be listed after a change: peers are never written empty', () => {
      const one = controllerB({ members: [member('a'), member('c')], lists: 1 });
      stops(one, "can't be listed");
      expect(one.facts().ETCD_INITIAL_CLUSTER).toBeUndefined();
    });

    it('the status can’t be read', () => {
      const one = controllerB({ members: [member('a')], running: [] });
      withData(one);
      stops(one, `etcd says nothing of its status at ${a}`);
    });

    it.each(['add', 'remove', 'update'])('etcd refuses to %s a member', (verb) => {
      const members = {
        add: [member('a'), member('c')],
        remove: [member('a'), member('b')],
        update: [member('a'), member('b', running.ownId, 'https://10.0.2.77:2380')],
      }[verb] as string[];
      const one = controllerB({ members, refuses: { [verb]: 'etcdserver: unhealthy cluster' } });
      if (verb === 'update') withData(one);
      stops(one, 'Error: etcdserver: unhealthy cluster');
    });

    it('two members are this controller', () => {
      const one = controllerB({
        members: [member('a'), member('b'), member('b', 'b0b0', 'https://10.0.2.77:2380')],
      });
      stops(one, 'etcd has more than one member demo-controller-b: bbbb b0b0');
      expect(changes(one)).toEqual([]);
    });
  });
});
