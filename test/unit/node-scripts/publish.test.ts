import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

onEachShell('step publish', (machine) => {
  /** Controllers that run, and whose API server is ready at each look. */
  function controller(running: string[], ...looks: string[][]): ScriptMachine {
    const one = machine('b', '1.22', ({ environment }) => {
      environment.awsIamAuthenticator.enabled = true;
    });
    one.withKeys();
    one.write('etc/kubernetes/pki/apiserver.crt', 'certificate');
    one.answer('kubeadm', 'case "$*" in "token create"*) echo abcdef.0123456789abcdef;; esac');
    one.answer(
      'kubectl',
      'case "$*" in *--raw*) echo "{}";; *"create secret"*) echo "kind: Secret";; *apply*) cat;; esac',
    );
    one.aws(
      `"ec2 describe-instances"*) echo >> ${one.root}/looks; printf '${running.join('\\t')}\\n'; exit;;\n"route53 "*) exit 0;;`,
    );
    const ready = looks.map((addresses, index) => {
      const number = index === looks.length - 1 ? '*' : String(index + 1);
      return `${number}) case "$*" in ${addresses.map((address) => `*//${address}:*`).join('|')}) exit 0;; esac;;`;
    });
    one.answer('curl', `case $(wc -l < ${one.root}/looks | tr -d ' ') in ${ready.join(' ')} esac; exit 22`);
    return one;
  }
  const alone = () => controller(['10.0.2.10'], ['10.0.2.10']);
  const published = (one: ScriptMachine) =>
    one
      .calls('aws')
      .filter((call) => call.startsWith('route53 '))
      .map((call) => JSON.parse(call.slice(call.indexOf('{'))).Changes);
  const addresses = (changes: { ResourceRecordSet: { ResourceRecords: { Value: string }[] } }[]) =>
    changes[0]?.ResourceRecordSet.ResourceRecords.map(({ Value }) => Value);

  describe('the API’s DNS record', () => {
    it('leads to the controllers whose API server is ready, as a record of external-dns', () => {
      const one = controller(['10.0.3.10', '10.0.1.10', '10.0.2.10'], ['10.0.1.10', '10.0.2.10']);
      expect(one.run('publish')).toMatchObject({ ok: true });
      const set = { Name: 'kube-api.demo.example.com' };
      const mark =
        '"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/kube-system/kubezero-api"';
      expect(published(one)).toEqual([
        [
          {
            Action: 'UPSERT',
            ResourceRecordSet: {
              ...set,
              Type: 'A',
              TTL: 60,
              ResourceRecords: [{ Value: '10.0.1.10' }, { Value: '10.0.2.10' }],
            },
          },
          {
            Action: 'UPSERT',
            ResourceRecordSet: { ...set, Type: 'TXT', TTL: 300, ResourceRecords: [{ Value: mark }] },
          },
        ],
      ]);
    });

    it('is published again where another controller became ready meanwhile', () => {
      const one = controller(['10.0.1.10', '10.0.2.10'], ['10.0.2.10'], ['10.0.1.10', '10.0.2.10']);
      one.run('publish');
      expect(published(one).map(addresses)).toEqual([['10.0.2.10'], ['10.0.1.10', '10.0.2.10']]);
    });

    it('never loses all its addresses', () => {
      const one = controller(['10.0.1.10'], ['10.9.9.9']);
      const { ok, output } = one.run('publish');
      expect(ok).toBe(false);
      expect(output).toContain('no API server is ready: the DNS record kube-api.demo.example.com stays as it is');
      expect(published(one)).toEqual([]);
    });

    it('stays as it is where the instances can’t be listed', () => {
      const one = alone();
      one.aws(
        `"ec2 describe-instances"*) echo 'An error occurred (RequestLimitExceeded)' >&2; exit 254;;\n"route53 "*) exit 0;;`,
      );
      expect(one.run('publish').ok).toBe(false);
      expect(published(one)).toEqual([]);
    });
  });

  it('publishes what others need', () => {
    const one = alone();
    expect(one.run('publish')).toMatchObject({ ok: true });
    expect(one.stored('pki/ca.crt')).toBe('ca.crt of the cluster\n');
    expect(one.stored('join-token')).toBe('abcdef.0123456789abcdef\n');
    expect(one.has('run/kubezero/join-token')).toBe(false);
    const issuer = 's3/demo-oidc-111122223333/k8s/demo';
    expect(one.read(`${issuer}/.well-known/openid-configuration`)).toBe('{}\n');
    expect(one.read(`${issuer}/openid/v1/jwks`)).toBe('{}\n');
    expect(one.calls('kubectl').filter((call) => !call.includes('--raw'))).toHaveLength(2);
  });

  describe('where a part fails, all others are tried, and it is named', () => {
    const parts: [string, (one: ScriptMachine) => void][] = [
      ['api_record', (one) => one.answer('curl', 'exit 22')],
      ['issuer', (one) => one.fault('put-object', cliSays.busy, '*/jwks')],
      ['authority', (one) => one.fault('put-object', cliSays.denied, '*/pki/ca.crt')],
      ['join_credentials', (one) => one.answer('kubeadm', 'exit 1')],
      ['iam_certificate', (one) => one.answer('kubectl', 'case "$*" in *--raw*) echo "{}";; *) exit 1;; esac')],
      ['certificates', (one) => one.remove('etc/kubernetes/pki/apiserver.crt')],
    ];
    it.each(parts)('%s', (part, breaks) => {
      const one = alone();
      breaks(one);
      const { ok, output } = one.run('publish');
      expect(ok).toBe(part === 'certificates');
      if (part !== 'certificates') expect(output).toContain(`not published: ${part} (see above)`);
      const done = {
        api_record: published(one).length > 0,
        issuer: one.has('s3/demo-oidc-111122223333/k8s/demo/openid/v1/jwks'),
        authority: one.stored('pki/ca.crt') !== undefined,
        join_credentials: one.stored('join-token') !== undefined,
      };
      for (const [name, was] of Object.entries(done)) expect(`${name} ${was}`).toBe(`${name} ${name !== part}`);
    });

    it('names several', () => {
      const one = alone();
      one.answer('kubectl', 'exit 1');
      one.answer('curl', 'exit 22');
      expect(one.run('publish').output).toContain('not published: api_record issuer iam_certificate (see above)');
    });
  });

  describe('certificates', () => {
    const aged = (days: number) => {
      const one = alone();
      const then = Date.now() / 1000 - days * 86_400;
      utimesSync(join(one.root, 'etc/kubernetes/pki/apiserver.crt'), then, then);
      one.answer(
        'crictl',
        `case "$*" in *" ps -q --name kube-scheduler") echo c1;; *" ps -q "*) echo c2; echo c3;; esac`,
      );
      return one;
    };
    const renewals = (one: ScriptMachine) => one.calls('kubeadm').filter((call) => call.startsWith('certs'));
    const stops = (one: ScriptMachine) =>
      one
        .calls('crictl')
        .filter((call) => call.includes(' stop '))
        .map((call) => call.slice(-2));

    it('stay while they are young', () => {
      const one = aged(100);
      expect(one.run('publish')).toMatchObject({ ok: true });
      expect([...renewals(one), ...one.calls('crictl')]).toEqual([]);
    });

    it('are renewed after half a year, and what doesn’t read them anew is started again', () => {
      const one = aged(200);
      expect(one.run('publish')).toMatchObject({ ok: true });
      expect(renewals(one)).toEqual(['certs renew all']);
      expect(stops(one)).toEqual(['c2', 'c3', 'c1']);
      expect(one.has('etc/kubezero/renewing')).toBe(false);
    });

    it('are seen through where a run was cut off in the middle: no component keeps the old ones', () => {
      const one = aged(200);
      one.answer('crictl', 'kill -9 $PPID');
      expect(one.run('publish').ok).toBe(false);
      const now = Date.now() / 1000;
      utimesSync(join(one.root, 'etc/kubernetes/pki/apiserver.crt'), now, now);
      one.answer('crictl', `case "$*" in *" ps -q "*) echo c1;; esac`);
      expect(one.run('publish').ok).toBe(true);
      expect(stops(one)).toEqual(['c1', 'c1']);
    });
  });

  it('has nothing to publish on workers', () => {
    const one = machine('worker');
    expect(one.run('publish')).toMatchObject({ ok: true });
    expect(one.calls('aws')).toEqual([]);
  });
});

onEachShell('install', (machine) => {
  it('has OpenRC start the boot program at every start, and nothing else the kubelet', () => {
    const one = machine('b');
    one.answer('rc-update', 'case "$*" in *del*) exit 1;; esac');
    one.answer('rc-service', 'case "$*" in *stop*) exit 1;; esac');
    expect(one.run('install')).toMatchObject({ ok: true });
    expect([...one.calls('rc-update'), ...one.calls('rc-service')]).toEqual([
      '-q del kubelet -a',
      '-q add kubezero default',
      '-q kubelet stop',
      'kubezero restart',
    ]);
  });

  it('has systemd start it, without waiting for it', () => {
    const one = machine('b', '1.21');
    one.answer('systemctl', 'case "$*" in *kubelet*) exit 1;; esac');
    expect(one.run('install')).toMatchObject({ ok: true });
    expect(one.calls('systemctl')).toEqual([
      'daemon-reload',
      'disable --now kubelet',
      'enable kubezero',
      '--no-block restart kubezero',
    ]);
  });

  it.each(['rc-update', 'rc-service'])(
    'fails where %s does: user data’s failure is in the machine’s log',
    (program) => {
      const one = machine('b');
      for (const name of ['rc-update', 'rc-service']) one.answer(name, name === program ? 'exit 1' : 'exit 0');
      expect(one.run('install').ok).toBe(false);
    },
  );
});
