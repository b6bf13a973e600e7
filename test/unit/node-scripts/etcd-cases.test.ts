import { expect, it } from 'vitest';
import type { MembershipFacts } from '../../../sandbox/machines/membership.ts';
import { controller, type MembershipCase, membershipCases } from '../membership-cases.ts';
import { dataOf, wals, withData } from './etcd-data.ts';
import { onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

const data = wals['3.5.21'];
const domain = 'demo.example.com';

/** What the table calls things, as they are called on the machine that the script runs on. */
function namesOn({ facts }: MembershipCase): (text: string) => string {
  const letter = facts.first ? 'a' : 'b';
  const names: [RegExp, string][] = [
    [/demo-controller-b(?=\b)/g, `demo-controller-${letter}`],
    [/vol-0123456789abcdef0/g, `vol-0${letter.repeat(16)}`],
  ];
  // The data is of this cluster and member; what else has ids keeps the table's.
  if (facts.data)
    names.push(
      [new RegExp(`\\b${facts.data.cluster}\\b`, 'g'), data.cluster],
      [new RegExp(`\\b${facts.data.member}\\b`, 'g'), data.member],
    );
  return (text) => names.reduce((changed, [name, other]) => changed.replaceAll(name, other), text);
}

function arrange(one: ScriptMachine, facts: MembershipFacts, named: (text: string) => string): void {
  one.answer('kubeadm', 'exit 0');
  if (facts.data) withData(one, data);
  const members = facts.answer?.members.map(({ id, name, peerUrls }) =>
    named(`${id}, ${name ? 'started' : 'unstarted'}, ${name}, ${peerUrls.join()}, , false`),
  );
  one.etcd({
    healthy: facts.answer ? [`https://demo-controller-c.${domain}:2379`] : [],
    cluster: BigInt(`0x${named(facts.answer?.cluster ?? '0')}`).toString(),
    members: members ?? [],
  });
  const record = `etcd/members/${named(facts.name)}`;
  if (facts.recorded === 'unreadable') one.fault('get-object', cliSays.denied);
  else if (facts.recorded) one.store(record, named(`${facts.recorded.cluster} ${facts.recorded.member} vol-1\n`));
  if (facts.foundedOn) one.store('etcd/founded', named(`demo-controller-b ${facts.foundedOn}\n`));
  for (const name of facts.recordedMembers ?? []) one.store(`etcd/members/${name}`, 'c1 m1 vol-1\n');
}

/** How membership was changed, without options. */
const changes = (one: ScriptMachine) =>
  one.calls('etcdctl').flatMap((call) => /member (?:add|remove|update) \S+/.exec(call)?.[0] ?? []);

onEachShell('step etcd decides as the table of cases says', (machine) => {
  it.each(membershipCases)('$name', (membershipCase) => {
    const { plan, facts } = membershipCase;
    const named = namesOn(membershipCase);
    const one = machine(facts.first ? 'a' : 'b');
    arrange(one, { ...controller, ...facts }, named);
    const { ok, output } = one.run('etcd');
    const aside = 'aside' in plan && plan.aside !== undefined;
    expect(dataOf(one)).toEqual({ member: facts.data !== undefined && !aside, aside: aside ? 1 : 0 });
    if (plan.action === 'wait' || plan.action === 'refuse') {
      expect(ok).toBe(false);
      expect(changes(one)).toEqual([]);
      // The script goes on to say what to do.
      const [beginning = ''] = named(plan.because).split(/ \(|: nothing was touched/);
      expect(output).toContain(beginning);
      return;
    }
    expect({ ok, output }).toMatchObject({ ok: true });
    const name = named(controller.name);
    const expected = {
      add: [`member add ${name}`],
      replace: 'id' in plan ? [`member remove ${named(plan.id)}`, `member add ${name}`] : [],
      update: 'id' in plan ? [`member update ${named(plan.id)}`] : [],
      start: [],
      restart: [],
      found: [],
    };
    expect(changes(one)).toEqual(expected[plan.action]);
    expect(one.facts().ETCD_CLUSTER_STATE).toBe(plan.action === 'found' ? 'new' : 'existing');
    expect(one.stored('etcd/founded') !== undefined).toBe(plan.action === 'found');
  });
});
