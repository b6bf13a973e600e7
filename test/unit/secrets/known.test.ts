import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redact } from '../../../automation/report/redacting.ts';
import { registerKnownSecrets } from '../../../secrets/collect.ts';
import { isSearchable } from '../../../secrets/known.ts';
import { maskText } from '../../../secrets/texts.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a registered secret', () => {
  const secret = `S3cr"t'&/ pa\\ss`;
  it.each([
    ['as it is', `x ${secret} y`],
    ['in JSON', `x ${JSON.stringify(secret).slice(1, -1)} y`],
    ['in JSON inside JSON', `x ${JSON.stringify(JSON.stringify(secret)).slice(3, -3)} y`],
    ['in single quotes of YAML', `x '${secret.replaceAll("'", "''")}' y`],
    ['in a shell', `x '${secret.replaceAll("'", "'\\''")}' y`],
    ['in a URL', `x ${encodeURIComponent(secret)} y`],
    ['in a form', `x ${encodeURIComponent(secret).replaceAll('%20', '+')} y`],
    ['in HTML', `x ${secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;')} y`],
    ['in hexadecimal', `x ${Buffer.from(secret).toString('hex')} y`],
    ['in base64', `x ${base64(secret)} y`],
    ['in base64 for URLs', `x ${Buffer.from(secret).toString('base64url')} y`],
    ['in base64 of base64', `x ${base64(base64(secret))} y`],
    ...['', 'a', 'ab', 'abc', 'user:'].map((before): [string, string] => [
      `in base64 of something longer, after ${before.length} characters`,
      `x ${base64(`${before}${secret} and so on`)} y`,
    ]),
    ...['', 'a', 'ab'].map((before): [string, string] => [
      `in base64 of base64 of something longer, after ${before.length} characters`,
      `x ${base64(`${before}${base64(`${before}${secret} and so on`)} `)} y`,
    ]),
    ['in gzip', `x ${gzipSync(`some text with ${secret} in it`).toString('base64')} y`],
  ])('is not in output %s', (_how, text) => {
    const clean = redact(text, [secret]);
    expect(clean).toMatch(/^x '?\[secret\]'? y$/);
  });

  it('takes its lines along, where it has several', () => {
    const key = 'abcDEF0123456789abcDEF/+\nxyzXYZ9876543210xyzXYZ==';
    expect(redact('found xyzXYZ9876543210xyzXYZ== there', [key])).toBe('found [secret] there');
  });

  it('is looked for only where it is no word: short ones and single words would blank out what is none', () => {
    expect(['demo', 'admin', 'sandbox', 'Kubernetes', 'a1b2'].filter(isSearchable)).toEqual([]);
    expect(
      ['not-a-secret', 'correcthorsebattery', 'hunter2', 'pass word', 'PaSSworD'].filter(isSearchable),
    ).toHaveLength(5);
    expect(redact('the demo of admin', ['demo', 'admin'])).toBe('the demo of admin');
    expect(maskText('password: admin\n')).toBe('password: [secret]\n');
  });

  it('takes no time to look for: a hundred of them in a megabyte', () => {
    const secrets = new Set(Array.from({ length: 100 }, (_, index) => `secret-${index}-${'x'.repeat(index)}`));
    const line = `{"level":"info","msg":"updating urn:pulumi:demo-modules::kubezero::x","data":"${base64('some data of it')}"}\n`;
    const text = line.repeat(1_000_000 / line.length);
    redact(text, secrets);
    const start = performance.now();
    redact(text, secrets);
    // Measured: 60 ms on a machine with nothing else to do, 7 of them for the hundred.
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

describe('the secrets of an environment', () => {
  const home = mkdtempSync(join(tmpdir(), 'kubezero-secrets-'));
  const stacks = join(home, 'stacks');
  const write = (file: string, text: string) => writeFileSync(join(home, file), text);
  const pem = `-----BEGIN EC PRIVATE KEY-----\n${base64('key material of the test 1234567890 and more of it')}\n-----END EC PRIVATE KEY-----\n`;

  beforeAll(() => {
    for (const directory of ['.aws', '.kube', '.git', 'stacks/demo', 'stacks/other']) {
      mkdirSync(join(home, directory), { recursive: true });
    }
    write('passphrase', 'passphrase-from-a-file-1\n');
    write('.aws/credentials', '[default]\naws_access_key_id = x\naws_secret_access_key = aws/from+profile/1234567\n');
    write('.git/config', '[remote "origin"]\n\turl = https://me:git-remote-1@git.example.com/x.git\n');
    write(
      '.kube/config',
      `users:\n- name: a\n  user: {token: kube-token-1, client-key-data: ${base64(pem)}}\n- name: b\n  user:\n    exec:\n      env:\n      - name: VAULT_TOKEN\n        value: exec-token-1\n`,
    );
    const values = 'logging:\n  elastic_password: "quoted\\"1"\n  name: demo\nsql:\n  password: logging\n';
    const application = (text: string) =>
      `spec:\n  source:\n    helm:\n      values: |\n        ${text.replaceAll('\n', '\n        ')}\n`;
    write('stacks/demo/application.yaml', application(values));
    write('stacks/demo/application.previous.yaml', application('a:\n  token: previous-1\n'));
    write('stacks/demo/environment.yaml', 'git:\n  repoURL: https://ci:repo-url-1@git.example.com/y.git\n');
    write('stacks/other/application.yaml', application('a:\n  password: of-another-1\n'));
    registerKnownSecrets({
      env: {
        HOME: home,
        PULUMI_CONFIG_PASSPHRASE: 'passphrase-of-env-1',
        PULUMI_CONFIG_PASSPHRASE_FILE: join(home, 'passphrase'),
        AWS_SESSION_TOKEN: 'session-1/2/3',
        HTTPS_PROXY: 'http://me:proxy-1@proxy.example.com:3128',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-team=platform,api-key=collector-1',
        PWD: home,
      },
      stacksDirectory: stacks,
      environment: 'demo',
    });
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it.each([
    ['the passphrase', 'passphrase-of-env-1'],
    ['the passphrase in a file', 'passphrase-from-a-file-1'],
    ['AWS credentials of the environment', 'session-1/2/3'],
    ['AWS credentials of a profile', 'aws/from+profile/1234567'],
    ['the password of a proxy', 'proxy-1'],
    ['the key of a collector', 'collector-1'],
    ['the token of a git remote', 'git-remote-1'],
    ['the token of a kubeconfig', 'kube-token-1'],
    ['the key of a kubeconfig, unpacked', base64('key material of the test 1234567890 and more of it')],
    ['what a credential plugin is given', 'exec-token-1'],
    ['values whose key says so, unquoted', 'quoted"1'],
    ['values from before a migration', 'previous-1'],
    ['the credentials in a URL', 'repo-url-1'],
  ])('%s', (_what, secret) => {
    expect(redact(`seen: ${secret}.`)).toBe('seen: [secret].');
  });

  it('leaves alone what the file uses as a word, directories, and other environments', () => {
    expect(redact(`logging of demo, of-another-1, ${home}`)).toBe(`logging of demo, of-another-1, ${home}`);
  });
});
