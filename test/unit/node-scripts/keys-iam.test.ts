import { expect, it } from 'vitest';
import { type MachineName, onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

onEachShell('step keys, with aws-iam-authenticator', (machine) => {
  /** A controller of a running cluster, in which it is on. */
  function controller(name: MachineName): ScriptMachine {
    const one = machine(name, '1.22', ({ environment }) => {
      environment.awsIamAuthenticator.enabled = true;
    });
    one.withKeys();
    one.answer('aws-iam-authenticator', 'echo "cert of $3" > cert.pem; echo "key of $3" > key.pem');
    return one;
  }
  const certificate = (one: ScriptMachine) =>
    ['crt', 'key'].map((end) => one.read(`etc/kubernetes/pki/aws-iam-authenticator.${end}`));
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const theirs = `aws-iam-authenticator.crt ${base64('their cert\n')}\naws-iam-authenticator.key ${base64('their key\n')}\n`;

  it.each(['a', 'b'] as const)(
    'makes its certificate where there is none: switched on later, by controller %s',
    (name) => {
      const one = controller(name);
      expect(one.run('keys')).toMatchObject({ ok: true });
      expect(one.calls('aws-iam-authenticator')).toEqual(['init -i demo']);
      expect(certificate(one)).toEqual(['cert of demo\n', 'key of demo\n']);
      expect(one.stored('pki/aws-iam-authenticator')).toContain('aws-iam-authenticator.key ');
      expect(one.has('run/kubezero/iam')).toBe(false);
    },
  );

  it('takes the cluster’s', () => {
    const one = controller('b');
    one.store('pki/aws-iam-authenticator', theirs);
    expect(one.run('keys').ok).toBe(true);
    expect(certificate(one)).toEqual(['their cert\n', 'their key\n']);
    expect(one.calls('aws-iam-authenticator')).toEqual([]);
  });

  it('takes another controller’s that was faster', () => {
    const one = controller('b');
    one.write('theirs', theirs);
    one.write(
      'before/put-object',
      `mkdir -p "$(dirname "$root/s3/$bucket/$key")"; cat "$root/theirs" > "$root/s3/$bucket/$key"\n`,
    );
    expect(one.run('keys')).toMatchObject({ ok: true });
    expect(certificate(one)).toEqual(['their cert\n', 'their key\n']);
    expect(one.stored('pki/aws-iam-authenticator')).toBe(theirs);
  });

  it('needs nobody where it is here', () => {
    const one = controller('b');
    one.run('keys');
    const asked = one.calls('aws').length;
    expect(one.run('keys').ok).toBe(true);
    expect(one.calls('aws')).toHaveLength(asked);
  });

  it('makes none where the bucket can’t be read', () => {
    const one = controller('a');
    one.fault('get-object', cliSays.denied);
    expect(one.run('keys').ok).toBe(false);
    expect(one.calls('aws-iam-authenticator')).toEqual([]);
  });

  it('says that the image lacks it', () => {
    const one = controller('a');
    one.lack('aws-iam-authenticator');
    expect(one.run('keys').output).toContain('the machine image lacks aws-iam-authenticator');
  });

  it('is left out where it is off', () => {
    const one = machine('a');
    one.withKeys();
    expect(one.run('keys').ok).toBe(true);
    expect(one.calls('aws')).toEqual([]);
  });
});
