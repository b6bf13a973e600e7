import { describe, expect, it } from 'vitest';
import { type MachineName, onEachShell, type ScriptMachine, sharedKeys } from './machine.ts';
import { cliSays } from './stand-ins.ts';

const bucket = 's3://demo-backup-111122223333/k8s/demo';

onEachShell('step keys', (machine) => {
  /** A controller whose kubeadm makes keys, others each time, and whose API's DNS record is this. */
  function controller(name: MachineName, record = ''): ScriptMachine {
    const one = machine(name);
    one.answer(
      'kubeadm',
      `dir=$(echo "$*" | sed 's/.*--cert-dir \\([^ ]*\\).*/\\1/'); mkdir -p "$dir/etcd"
      case $4 in ca) files='ca.crt ca.key';; etcd-ca) files='etcd/ca.crt etcd/ca.key';; front-proxy-ca) files='front-proxy-ca.crt front-proxy-ca.key';; sa) files='sa.key sa.pub';; *) exit 1;; esac
      for file in $files; do [ -e "$dir/$file" ] || { echo "$file"; od -An -N6 -tx1 /dev/urandom; } > "$dir/$file"; done`,
    );
    one.aws(`"route53 list-resource-record-sets"*) printf '%s' '${record}'; exit;;`);
    return one;
  }
  const keys = (one: ScriptMachine) => sharedKeys.map((file) => one.read(`etc/kubernetes/pki/${file}`));
  /** The object that holds these keys, each file's content its own name. */
  const stored = (files = sharedKeys) =>
    files.map((file) => `${file} ${Buffer.from(`${file} of the cluster\n`).toString('base64')}\n`).join('');
  const ofTheCluster = sharedKeys.map((file) => `${file} of the cluster\n`);
  const puts = (one: ScriptMachine) => one.calls('aws').filter((call) => call.includes(' put-object '));

  function stops(one: ScriptMachine, ...says: string[]): void {
    const before = one.stored('pki/shared-keys');
    const { ok, output } = one.run('keys');
    expect(ok).toBe(false);
    for (const text of says) expect(output).toContain(text);
    expect(keys(one).every((key) => key === undefined)).toBe(true);
    expect(one.stored('pki/shared-keys')).toBe(before);
  }

  it('needs nobody where the keys are here, as after a reboot', () => {
    const one = controller('a');
    one.withKeys();
    expect(one.run('keys')).toMatchObject({ ok: true });
    expect([...one.calls('aws'), ...one.calls('kubeadm')]).toEqual([]);
  });

  it.each(['a', 'b'] as const)('takes the cluster’s keys from the bucket (controller %s)', (name) => {
    const one = controller(name);
    one.store('pki/shared-keys', stored());
    expect(one.run('keys')).toMatchObject({ ok: true });
    expect(keys(one)).toEqual(ofTheCluster);
    expect([...one.calls('kubeadm'), ...puts(one)]).toEqual([]);
    expect(one.has('run/kubezero/keys')).toBe(false);
  });

  it('takes all of them where some are missing', () => {
    const one = controller('b');
    one.store('pki/shared-keys', stored());
    one.write('etc/kubernetes/pki/ca.crt', 'ca.crt of the cluster\n');
    one.write('etc/kubernetes/pki/sa.key', '');
    one.run('keys');
    expect(keys(one)).toEqual(ofTheCluster);
  });

  it('stops where the object in the bucket is incomplete', () => {
    const one = controller('b');
    one.store('pki/shared-keys', stored(sharedKeys.slice(0, 5)));
    stops(one, `${bucket}/pki/shared-keys is incomplete`, 'history');
  });

  it.each(Object.entries(cliSays))('stops where the bucket is %s: an error is not absence', (_case, text) => {
    const one = controller('a');
    one.fault('get-object', text);
    stops(one, `cannot read ${bucket}/pki/shared-keys: `, text);
    expect([...one.calls('kubeadm'), ...puts(one)]).toEqual([]);
  });

  it('waits on other controllers than the first, for it', () => {
    const one = controller('b');
    stops(one, 'waiting for demo-controller-a to make the keys of cluster demo');
    expect([...one.calls('kubeadm'), ...puts(one)]).toEqual([]);
  });

  it('makes none where the volume has data of the cluster', () => {
    const one = controller('a');
    one.write('var/lib/etcd/member/wal/0.wal', 'data');
    stops(one, `${bucket}/pki/shared-keys is gone, volume vol-`, 'has the data of etcd', 'history');
    expect([...one.calls('kubeadm'), ...puts(one)]).toEqual([]);
  });

  describe('on the first controller of a new cluster', () => {
    it('makes them, and stores them on the condition that there are none', () => {
      const one = controller('a');
      expect(one.run('keys')).toMatchObject({ ok: true });
      expect(keys(one).every((key) => key)).toBe(true);
      expect(puts(one)).toEqual([expect.stringMatching(/pki\/shared-keys .*--if-none-match \*$/)]);
      expect(
        one
          .stored('pki/shared-keys')
          ?.split('\n')
          .map((line) => line.split(' ')[0]),
      ).toEqual([...sharedKeys, '']);
      expect(one.has('var/lib/etcd/founding-keys')).toBe(false);
    });

    it('gives every controller the same', () => {
      const [one, other] = [controller('a'), controller('b')];
      one.run('keys');
      other.store('pki/shared-keys', one.stored('pki/shared-keys') ?? '');
      other.run('keys');
      expect(keys(other)).toEqual(keys(one));
    });

    it('goes on with the ones that a boot made that died before storing them', () => {
      const one = controller('a');
      one.fault('put-object', cliSays.unreachable);
      expect(one.run('keys').ok).toBe(false);
      const made = one.read('var/lib/etcd/founding-keys/ca.key');
      one.remove('faults');
      one.remove('run/kubezero');
      one.facts({ NODE_NAME: 'demo-controller-a' });
      expect(one.run('keys').ok).toBe(true);
      expect(one.read('etc/kubernetes/pki/ca.key')).toBe(made);
    });

    it('takes the stored ones where a boot died after storing them', () => {
      const one = controller('a');
      one.store('pki/shared-keys', stored());
      one.write('var/lib/etcd/founding-keys/ca.key', 'another\n');
      expect(one.run('keys').ok).toBe(true);
      expect(keys(one)).toEqual(ofTheCluster);
    });

    it('never overwrites keys that came meanwhile: it takes those', () => {
      const one = controller('a');
      one.write('theirs', stored());
      one.write(
        'before/put-object',
        `mkdir -p "$(dirname "$root/s3/$bucket/$key")"; cat "$root/theirs" > "$root/s3/$bucket/$key"\n`,
      );
      expect(one.run('keys')).toMatchObject({ ok: true });
      expect(one.stored('pki/shared-keys')).toBe(stored());
      expect(keys(one)).toEqual(ofTheCluster);
    });

    it('makes them with a CLI that knows no conditions, after a look', () => {
      const one = controller('a');
      one.write('old-cli', '');
      expect(one.run('keys')).toMatchObject({ ok: true });
      expect(one.stored('pki/shared-keys')).toContain('sa.pub ');
    });

    it('isn’t held up by its own boot log and program in the bucket', () => {
      const one = controller('a');
      one.store('boot/0123', '#!/bin/sh\n');
      one.store('boot-log/demo-controller-a/i-0a.log', 'a line\n');
      expect(one.run('keys')).toMatchObject({ ok: true });
    });

    it('refuses a folder that another maker’s cluster uses', () => {
      const one = controller('a');
      one.store('pki/ca.crt.gpg', 'theirs');
      stops(one, `${bucket}/ holds no keys of this cluster but: k8s/demo/pki/ca.crt.gpg`, 'Nothing was written');
      expect([...one.calls('kubeadm'), ...puts(one)]).toEqual([]);
    });

    it('refuses an API name that another cluster’s DNS record has', () => {
      const one = controller('a', '10.1.1.1\t10.1.2.1');
      stops(one, 'the DNS record kube-api.demo.example.com exists already (10.1.1.1', 'Nothing was written');
      expect([...one.calls('kubeadm'), ...puts(one)]).toEqual([]);
    });

    it('makes none where the folder can’t be listed', () => {
      const one = controller('a');
      one.fault('list-objects-v2', cliSays.denied);
      stops(one, `cannot list ${bucket}/: `);
      expect(one.calls('kubeadm')).toEqual([]);
    });

    it('makes none where DNS can’t be asked', () => {
      const one = controller('a');
      one.aws(`"route53 "*) echo 'An error occurred (Throttling)' >&2; exit 254;;`);
      stops(one, 'cannot look for the DNS record kube-api.demo.example.com: An error occurred (Throttling)');
      expect(one.calls('kubeadm')).toEqual([]);
    });
  });
});
