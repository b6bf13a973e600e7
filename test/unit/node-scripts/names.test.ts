import { describe, expect, it } from 'vitest';
import { type MachineName, onEachShell, type ScriptMachine } from './machine.ts';

const own = 'demo-controller-b.demo.example.com';

onEachShell('step names', (machine) => {
  /** A machine whose resolver knows this address for its own name, and whatever Route 53 is told. */
  function named(name: MachineName = 'b', address?: string): ScriptMachine {
    const one = machine(name);
    for (const program of ['hostname', 'modprobe', 'sysctl']) one.answer(program, 'exit 0');
    if (address) one.write('dns', `${address}\n`);
    one.answer('getent', `[ -e ${one.root}/dns ] || exit 2; echo "$(cat ${one.root}/dns)  $2"`);
    one.aws(
      `"route53 change-resource-record-sets"*) echo "$*" | sed 's/.*"Value":"\\([0-9.]*\\)".*/\\1/' > ${one.root}/dns; exit;;`,
    );
    return one;
  }
  const changes = (one: ScriptMachine) => one.calls('aws').map((call) => call.slice(0, call.indexOf('{')));

  it('sets the host name, for this boot and the ones after it', () => {
    const one = named();
    expect(one.run('names')).toMatchObject({ ok: true });
    expect(one.calls('hostname')).toEqual(['demo-controller-b']);
    expect(one.read('etc/hostname')).toBe('demo-controller-b\n');
  });

  describe('in /etc/hosts', () => {
    it('has a controller answer for its own name and the API’s, once, however often it runs', () => {
      const one = named();
      for (let run = 0; run < 3; run++) one.run('names');
      expect(one.read('etc/hosts')).toBe(
        '127.0.0.1 localhost\n10.0.2.10 demo-controller-b kube-api.demo.example.com # kubezero\n',
      );
    });

    it('takes the address of the machine before away', () => {
      const one = named();
      one.write('etc/hosts', '127.0.0.1 localhost\n10.0.2.99 demo-controller-b # kubezero\n::1 localhost\n');
      one.run('names');
      expect(one.read('etc/hosts')).toBe(
        '127.0.0.1 localhost\n::1 localhost\n10.0.2.10 demo-controller-b kube-api.demo.example.com # kubezero\n',
      );
    });

    it('has a worker’s own name only, and no other machine’s', () => {
      const one = named('worker');
      expect(one.run('names')).toMatchObject({ ok: true });
      expect(one.read('etc/hosts')).toBe('127.0.0.1 localhost\n10.0.9.9 ip-10-0-9-9 # kubezero\n');
      expect(one.calls('aws')).toEqual([]);
    });
  });

  describe('in DNS', () => {
    it('gives a new machine the record of its controller, without a look that would be remembered as empty', () => {
      const one = named();
      const { ok, output } = one.run('names');
      expect(ok).toBe(true);
      expect(output).toContain(`${own} is now 10.0.2.10`);
      const [call = ''] = one.calls('aws');
      expect(call).toContain('--hosted-zone-id Z1 ');
      expect(JSON.parse(call.slice(call.indexOf('{')))).toEqual({
        Changes: [
          {
            Action: 'UPSERT',
            ResourceRecordSet: { Name: own, Type: 'A', TTL: 10, ResourceRecords: [{ Value: '10.0.2.10' }] },
          },
        ],
      });
      expect((one.read('calls') ?? '').indexOf('aws ')).toBeLessThan((one.read('calls') ?? '').indexOf('getent '));
    });

    it('leaves the record alone once it leads here', () => {
      const one = named();
      one.run('names');
      one.run('names');
      expect(changes(one)).toHaveLength(1);
    });

    it('sets it again where it leads elsewhere', () => {
      const one = named();
      one.run('names');
      one.write('dns', '10.0.2.99\n');
      expect(one.run('names').ok).toBe(true);
      expect(changes(one)).toHaveLength(2);
    });

    it('doesn’t go on before the resolver knows it', () => {
      const one = named('b', '10.0.2.99');
      one.aws('"route53 "*) exit 0;;');
      const { ok, output } = one.run('names');
      expect(ok).toBe(false);
      expect(output).toContain(`still waiting for ${own} to resolve to 10.0.2.10`);
    });

    it('says which record can’t be set', () => {
      const one = named();
      one.aws(`"route53 "*) echo 'An error occurred (Throttling): Rate exceeded' >&2; exit 254;;`);
      const { ok, output } = one.run('names');
      expect(ok).toBe(false);
      expect(output).toContain(`the DNS record of ${own} can't be set: An error occurred (Throttling): Rate exceeded`);
    });
  });

  describe('in the kernel', () => {
    it('loads the modules and sets what the release needs, ip_forward among it', () => {
      const one = named('worker');
      one.run('names');
      expect(one.calls('modprobe')).toEqual(one.read('etc/kubezero/modules')?.trim().split('\n'));
      expect(one.calls('sysctl')).toContain('-w net.ipv4.ip_forward=1');
    });

    it('names a module that the image lacks', () => {
      const one = named('worker');
      one.answer('modprobe', '[ "$1" != br_netfilter ]');
      const { ok, output } = one.run('names');
      expect(ok).toBe(false);
      expect(output).toContain("kernel module br_netfilter can't be loaded: the machine image lacks it");
    });

    it('names a setting that is refused', () => {
      const one = named('worker');
      one.answer('sysctl', 'case "$2" in net.ipv4.ip_forward=*) exit 1;; esac');
      expect(one.run('names').output).toContain('kernel setting net.ipv4.ip_forward=1 is refused');
    });
  });
});
