import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { maskText, maskTexts } from '../../../secrets/texts.ts';

const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc+/=\n-----END RSA PRIVATE KEY-----';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('secrets in texts', () => {
  it.each([
    ['YAML', 'user: me\npassword: hunter2 # mine\n', 'user: me\npassword: [secret] # mine\n'],
    ['YAML with spaces in it', 'password: correct horse battery\nuser: me\n', 'password: [secret]\nuser: me\n'],
    ['YAML in quotes', `a:\n  - apiKey: "a'b"\n    b: 'c'\n`, `a:\n  - apiKey: "[secret]"\n    b: 'c'\n`],
    ['a block of YAML', 'token: |\n  one\n  two\nnext: 1\n', 'token: |\n  [secret]\nnext: 1\n'],
    [
      'what is below credentials',
      'credentials:\n  user: me\n  pin: 1234\nb: 2\n',
      'credentials:\n  user: me\n  pin: [secret]\nb: 2\n',
    ],
    ['an anchor', 'x: &pw s3cret\ny:\n  password: *pw\n', 'x: &pw [secret]\ny:\n  password: *pw\n'],
    ['JSON', '{"user":"me","password":"a\\"b"}', '{"user":"me","password":"[secret]"}'],
    [
      'JSON in JSON',
      '{"x":"{\\"password\\":\\"hunter2\\",\\"a\\":1}"}',
      '{"x":"{\\"password\\":\\"[secret]\\",\\"a\\":1}"}',
    ],
    [
      'a shell script',
      'set -e\nexport DB_PASSWORD="a b" X=1\nTOKEN=abc123\n',
      'set -e\nexport DB_PASSWORD="[secret]" X=1\nTOKEN=[secret]\n',
    ],
    ['an ini file', '[db]\nuser = me\npassword = hunter2\n', '[db]\nuser = me\npassword = [secret]\n'],
    [
      'a configuration without signs',
      'bind 0.0.0.0\nrequirepass hunter2\nport 1\n',
      'bind 0.0.0.0\nrequirepass [secret]\nport 1\n',
    ],
    ['XML', '<a><password>hunter2</password></a>', '<a><password>[secret]</password></a>'],
    ['arguments', 'kubeadm join --token abcdef.0123456789abcdef --v=5', 'kubeadm join --token [secret] --v=5'],
    ['arguments in a list', '- run\n- --password\n- hunter2\n- x\n', '- run\n- --password\n- [secret]\n- x\n'],
    [
      'an environment variable of a pod',
      'env:\n- name: DB_PASSWORD\n  value: hunter2\n- name: A\n  value: b\n',
      'env:\n- name: DB_PASSWORD\n  value: [secret]\n- name: A\n  value: b\n',
    ],
    [
      'data of a Secret',
      'kind: Secret\ndata:\n  a: Yg==\n  name: Yw==\n',
      'kind: Secret\ndata:\n  a: [secret]\n  name: [secret]\n',
    ],
    [
      'a Secret in a list',
      'kind: List\nitems:\n- kind: Secret\n  stringData: {a: b}\n',
      'kind: List\nitems:\n- kind: Secret\n  stringData: {a: [secret]}\n',
    ],
    ['a private key', `a: |\n  ${pem.replaceAll('\n', '\n  ')}\nb: 1\n`, 'a: |\n  [secret]\nb: 1\n'],
    [
      'a kubeconfig',
      `users:\n- name: a\n  user:\n    client-certificate-data: AAAA\n    client-key-data: ${base64(pem)}\n    token: abc\n`,
      'users:\n- name: a\n  user:\n    client-certificate-data: AAAA\n    client-key-data: [secret]\n    token: [secret]\n',
    ],
    [
      'a URL',
      'git clone https://me:p%40ss@git.example.com/x.git',
      'git clone https://me:[secret]@git.example.com/x.git',
    ],
    ['a token in a URL', 'https://abcdefghijklmnopqrst@git.example.com/x', 'https://[secret]@git.example.com/x'],
    ['a parameter of a URL', 'GET https://x/y?token=abcdef&page=2', 'GET https://x/y?token=[secret]&page=2'],
    ['a header', 'curl -H "Authorization: Bearer abc.def" x', 'curl -H "Authorization: Bearer [secret]" x'],
    ['a user of curl', 'curl -u me:hunter2 https://x', 'curl -u me:[secret] https://x'],
    [
      'AWS keys',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG\naws_session_token=abc//+=\n',
      'aws_secret_access_key = [secret]\naws_session_token=[secret]\n',
    ],
    ['a web token', 'x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_ y', 'x [secret] y'],
    ['a hash of a password', 'admin:$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234', 'admin:[secret]'],
    [
      'credentials of a registry',
      '{"auths":{"r.example.com":{"auth":"bWU6aHVudGVyMg=="}}}',
      '{"auths":{"r.example.com":{"auth":"[secret]"}}}',
    ],
    ['base64', `x: ${base64('user: me\npassword: hunter2\n')}`, 'x: [secret]'],
    ['gzip in base64', `x: ${gzipSync(`#cloud-config\npassword: hunter2\n${pem}`).toString('base64')}`, 'x: [secret]'],
    ['base64 in base64', `x: ${base64(`y: ${base64('password: hunter2 and more')}`)}`, 'x: [secret]'],
    [
      'an error of the API server',
      'spec.password: Invalid value: "hunter2": too short',
      'spec.password: Invalid value: "[secret]": too short',
    ],
    [
      'a text in YAML',
      'config: |\n  [db]\n  password = hunter2\n  port = 1\n',
      'config: |\n  [db]\n  password = [secret]\n  port = 1\n',
    ],
    [
      'YAML in YAML',
      'values: |\n  db:\n    credentials:\n      pin: abc\n  b: 1\nc: 2\n',
      'values: |\n  db:\n    credentials:\n      pin: [secret]\n  b: 1\nc: 2\n',
    ],
  ])('%s', (_what, text, expected) => {
    expect(maskText(text)).toBe(expected);
  });

  it.each([
    'secretName: my-secret\nexistingSecret: x\ntokenSecretName: y\npasswordFile: /etc/x\nautomountServiceAccountToken: true\n',
    'valueFrom:\n  secretKeyRef:\n    name: a\n    key: password\n',
    'volumes:\n- secret:\n    secretName: a\n    items:\n    - key: password\n      path: x\n',
    'projected:\n- serviceAccountToken:\n    path: token\n    expirationSeconds: 10\n    audience: sts.amazonaws.com\n',
    'imagePullSecrets:\n- name: ecr-login\n',
    'tolerations:\n- key: node-role\n  operator: Exists\n',
    'httpTokens: required\nusePassword: false\n',
    'auth:\n  enabled: true\n  url: https://auth.example.com\n',
    'export PASSWORD=$(cat x) TOKEN=$TOKEN KEY="${API_KEY}"\n',
    'password: {{ .Values.password }}\n',
    'resources: ["secrets"]\nverbs: [get]\n',
    'arn:aws:iam::123456789012:role/x sha256:4e388ab32b10dc8dbc7e28144f552830adc74787c1e2c0824032078a79f227fb',
    '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----',
    'ssh://git@example.com/x.git https://git@example.com/y',
    'the passphrase was wrong; no password was given',
  ])('leaves what only names secrets: %s', (text) => {
    expect(maskText(text)).toBe(text);
  });

  it('masks what is masked once', () => {
    const text = maskText('password: hunter2\nurl: https://me:hunter2@x\nTOKEN=abc\n');
    expect(maskText(text)).toBe(text);
    expect(maskText('password: [secret]\ntoken: [new secret]\n')).toBe('password: [secret]\ntoken: [new secret]\n');
  });
});

describe('both sides of a change', () => {
  it('reads the same where a secret is the same, and tells that one is new', () => {
    expect(maskTexts('password: a1\ntoken: b2\n', 'password: a1\ntoken: c3\n')).toEqual([
      'password: [secret]\ntoken: [secret]\n',
      'password: [secret]\ntoken: [new secret]\n',
    ]);
  });

  it('tells that two have changed places', () => {
    const [before, after] = maskTexts('password: a1\ntoken: b2\n', 'password: b2\ntoken: a1\n');
    expect(before).not.toBe(after);
  });

  it('masks a value that becomes secret where it was none, too', () => {
    expect(maskTexts('greeting: correct-horse-1\n', 'password: correct-horse-1\n')).toEqual([
      'greeting: [secret]\n',
      'password: [secret]\n',
    ]);
  });

  it('shows neither length nor number of lines of what is secret', () => {
    const long = maskTexts('key: 1\n', `key: 1\ncert: |\n  ${pem.replaceAll('\n', '\n  ')}\n`);
    expect(long[1]).toBe('key: 1\ncert: |\n  [new secret]\n');
  });

  it('gives back texts without secrets as they are', () => {
    expect(maskTexts('a: 1\n', 'a: 2\n')).toEqual(['a: 1\n', 'a: 2\n']);
  });
});
