import { expect, it } from 'vitest';
import { running } from './etcd-data.ts';
import { onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

const own = 'https://10.0.2.10:2379';
const others = 'https://demo-controller-a.demo.example.com:2379,https://demo-controller-c.demo.example.com:2379';
const record = 'c6e741ee30dfe943 d0fc88b41492808e vol-0bbbbbbbbbbbbbbbb\n';

onEachShell('step join-etcd', (machine) => {
  /** Controller b, whose etcd says this. */
  function controller(answers: Partial<Parameters<ScriptMachine['etcd']>[0]> = {}): ScriptMachine {
    const one = machine('b');
    one.facts({ ETCD_SERVERS: `${own},${others}` });
    one.etcd({ healthy: [own], cluster: running.cluster, member: '15059061561040732302', members: [], ...answers });
    return one;
  }
  const promotions = (one: ScriptMachine) => one.calls('etcdctl').filter((call) => call.includes(' member promote '));

  it('records which member this is, and of which cluster, for boots at which none answers', () => {
    const one = controller();
    expect(one.run('join-etcd')).toMatchObject({ ok: true });
    expect(one.stored('etcd/members/demo-controller-b')).toBe(record);
  });

  it('records it once', () => {
    const one = controller();
    one.run('join-etcd');
    one.run('join-etcd');
    expect(one.calls('aws')).toHaveLength(1);
  });

  it('records it anew where it has become another', () => {
    const one = controller();
    one.run('join-etcd');
    one.etcd({ healthy: [own], cluster: running.cluster, member: '15059061561040732303', members: [] });
    one.run('join-etcd');
    expect(one.stored('etcd/members/demo-controller-b')).toBe(record.replace('808e', '808f'));
  });

  it('tries again where the record can’t be written', () => {
    const one = controller();
    one.fault('put-object', cliSays.busy);
    expect(one.run('join-etcd').ok).toBe(false);
    one.remove('faults');
    expect(one.run('join-etcd').ok).toBe(true);
    expect(one.stored('etcd/members/demo-controller-b')).toBe(record);
  });

  it('has the members with a vote promote a learner, then records it', () => {
    const one = controller({ healthy: [own, others], learner: true });
    const { ok, output } = one.run('join-etcd');
    expect(ok).toBe(true);
    expect(promotions(one)).toEqual([
      expect.stringMatching(`^--endpoints ${others} .* member promote d0fc88b41492808e$`),
    ]);
    expect(output).toContain('etcd member d0fc88b41492808e has a vote');
    expect(one.stored('etcd/members/demo-controller-b')).toBe(record);
  });

  it('keeps asking while it hasn’t caught up, and records nothing', () => {
    const one = controller({
      healthy: [own, others],
      learner: true,
      refuses: { promote: 'etcdserver: can only promote a learner member which is in sync with leader' },
    });
    const { ok, output } = one.run('join-etcd');
    expect(ok).toBe(false);
    expect(output).toContain('still waiting for etcd member d0fc88b41492808e to have caught up');
    expect(one.calls('aws')).toEqual([]);
  });

  it('doesn’t promote one that has a vote', () => {
    const one = controller();
    one.run('join-etcd');
    expect(promotions(one)).toEqual([]);
  });

  it('waits for its own member to run', () => {
    const one = controller({ healthy: [] });
    const { ok, output } = one.run('join-etcd');
    expect(ok).toBe(false);
    expect(output).toContain(
      `still waiting for etcd at 10.0.2.10 (its log: /var/log/pods/kube-system_etcd-demo-controller-b*)`,
    );
  });

  it('waits for a quorum', () => {
    const one = controller({ healthy: [], running: [own] });
    const { ok, output } = one.run('join-etcd');
    expect(ok).toBe(false);
    expect(output).toContain('still waiting for a quorum of etcd members');
    expect(one.calls('aws')).toEqual([]);
  });
});
