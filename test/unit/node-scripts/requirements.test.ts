import { describe, expect, it } from 'vitest';
import { type MachineName, onEachShell, type ScriptMachine } from './machine.ts';

const answers: Record<string, string> = {
  'instance-id': 'i-0123',
  'local-ipv4': '10.0.2.10',
  'placement/availability-zone': 'eu-central-1b',
  'local-hostname': 'ip-10-0-2-10.eu-central-1.compute.internal',
};

onEachShell('step requirements', (machine) => {
  /** A machine whose metadata service says that it is this late, while its own clock says so. */
  function at(there: string, here = there, name: MachineName = 'b'): ScriptMachine {
    const one = machine(name);
    one.remove('run/kubezero/instance.env');
    for (const tool of ['etcdctl', 'mkfs.ext4']) one.answer(tool, 'exit 0');
    const values = Object.entries(answers).map(([path, value]) => `*/meta-data/${path}" "*) echo ${value};;`);
    one.answer(
      'curl',
      `case "$*" in
      *"-X PUT -H X-aws-ec2-metadata-token-ttl-seconds: 60 "*api/token) echo token; exit;;
      *"-H X-aws-ec2-metadata-token: token"*) ;;
      *) exit 22;;
      esac
      case "$*" in *" -I "*) printf 'HTTP/1.1 200 OK\\r\\nDate: ${there}\\r\\nServer: EC2ws\\r\\n\\r\\n'; exit;; esac
      case "$*" in ${values.join('\n')} *) exit 22;; esac`,
    );
    one.prelude(
      `date() { case "$*" in "-u +%s") echo ${Date.parse(here) / 1000};; *" -d "*) command date "$@";; *) echo "${here}";; esac; }`,
    );
    return one;
  }
  const now = 'Mon, 30 Nov 2026 08:00:00 GMT';

  it('notes what only the running machine knows', () => {
    const one = at(now);
    expect(one.run('requirements')).toMatchObject({ ok: true });
    expect(one.facts()).toMatchObject({
      INSTANCE_ID: 'i-0123',
      ADDRESS: '10.0.2.10',
      ZONE: 'eu-central-1b',
      NODE_NAME: 'demo-controller-b',
      PROVIDER_ID: 'aws:///eu-central-1b/i-0123',
      ETCD_VOLUME_ID: 'vol-0bbbbbbbbbbbbbbbb',
    });
  });

  it('calls a worker by its private DNS name', () => {
    const one = at(now, now, 'worker');
    expect(one.run('requirements').ok).toBe(true);
    expect(one.facts().NODE_NAME).toBe('ip-10-0-2-10.eu-central-1.compute.internal');
  });

  it('asks the metadata service once in a boot', () => {
    const one = at(now);
    one.run('requirements');
    const asked = one.calls('curl').length;
    expect(one.run('requirements').ok).toBe(true);
    expect(one.calls('curl')).toHaveLength(asked);
  });

  it.each([
    ['b', 'etcdctl', true],
    ['b', 'kubectl', true],
    ['worker', 'crictl', true],
    ['worker', 'etcdctl', false],
  ] as const)('on machine %s without %s stops: %s', (name, tool, stops) => {
    const one = at(now, now, name);
    one.lack(tool);
    const { ok, output } = one.run('requirements');
    expect(ok).toBe(!stops);
    if (stops) expect(output).toMatch(new RegExp(`machine image \\S*kubezero\\S* lacks: ${tool}\\. Put an image`));
    expect(one.has('run/kubezero/instance.env')).toBe(!stops);
  });

  it('names all that is missing', () => {
    const one = at(now);
    for (const tool of ['kubelet', 'aws']) one.lack(tool);
    expect(one.run('requirements').output).toContain('lacks: aws kubelet.');
  });

  it('waits for the metadata service', () => {
    const one = at(now);
    one.answer('curl', 'exit 7');
    const { ok, output } = one.run('requirements');
    expect(ok).toBe(false);
    expect(output).toContain('still waiting for the instance metadata service');
  });

  describe('refuses a clock that is', () => {
    it.each([
      ['ten minutes late', now, 'Mon, 30 Nov 2026 07:50:00 GMT', -600],
      ['ten minutes early', now, 'Mon, 30 Nov 2026 08:10:00 GMT', 600],
      ['at the epoch', now, 'Thu, 01 Jan 1970 00:00:30 GMT', 30 - Date.parse(now) / 1000],
    ])('%s', (_case, there, here, seconds) => {
      const one = at(there, here);
      const { ok, output } = one.run('requirements');
      expect(ok).toBe(false);
      expect(output).toContain(`the clock is ${seconds} seconds off (here ${here})`);
      // It is asked again until it is right.
      expect(one.run('requirements').ok).toBe(false);
    });

    it('not to be compared', () => {
      const one = at('', now);
      expect(one.run('requirements').output).toContain("doesn't say what time it is");
    });
  });

  it.each([
    'Tue, 29 Feb 2028 23:59:59 GMT',
    'Wed, 01 Mar 2028 00:00:00 GMT',
    'Sun, 28 Feb 2027 12:00:00 GMT',
    'Mon, 01 Mar 2027 12:00:00 GMT',
    'Fri, 01 Jan 2027 00:00:00 GMT',
    'Thu, 31 Dec 2026 23:59:59 GMT',
    'Sat, 09 Aug 2025 08:09:08 GMT',
    'Mon, 01 Mar 2100 00:00:00 GMT',
    'Sun, 28 Feb 2100 23:00:00 GMT',
  ])('reads %s right, to the second', (date) => {
    const late = (seconds: number) => new Date(Date.parse(date) + seconds * 1000).toUTCString();
    expect(at(date, late(300)).run('requirements').ok).toBe(true);
    expect(at(date, late(301)).run('requirements').output).toContain('the clock is 301 seconds off');
  });
});
