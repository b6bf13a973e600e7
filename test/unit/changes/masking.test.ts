import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { maskProperty, type PropertyOwner } from '../../../automation/engine/changes/masking.ts';
import type { PropertyChange, PropertyValue } from '../../../automation/engine/changes/schema.ts';

const deployment: PropertyOwner = { type: 'kubernetes:apps/v1:Deployment', name: 'Deployment/a/b' };
const known = (value: unknown): PropertyValue => ({ state: 'known', value: value as never });
const update = (path: string, before: unknown, after: unknown): PropertyChange => ({
  path,
  kind: 'update',
  replaces: false,
  before: known(before),
  after: known(after),
});
const secret = { before: { state: 'secret' }, after: { state: 'secret' } };

describe('properties that are secret as a whole', () => {
  it.each([
    ['data of a Kubernetes Secret', 'data.user', { type: 'kubernetes:core/v1:Secret', name: 'x' }],
    ['stringData, whatever its key', 'stringData["a.b"].c', { type: 'kubernetes:core/v1:Secret', name: 'x' }],
    ['a name that says so', 'spec.auth.adminPassword', deployment],
    ['what is below one', 'spec.credentials.pin', deployment],
    ['a parameter that is a SecureString', 'value', { type: 'aws:ssm/parameter:Parameter', name: 'x' }],
    [
      'a Secret inside another object',
      'spec.template.objects[1].data.x',
      { ...deployment, states: [{ spec: { template: { objects: [{}, { kind: 'Secret', data: { x: 'a' } }] } } }] },
    ],
    [
      'the value of an environment variable, by the name beside it',
      'spec.containers[0].env[1].value',
      { ...deployment, states: [{ spec: { containers: [{ env: [{}, { name: 'DB_PASSWORD', value: 'a' }] }] } }] },
    ],
    [
      'an argument, by the option before it',
      'spec.args[2]',
      { ...deployment, states: [{ spec: { args: ['run', '--password', 'a'] } }] },
    ],
    [
      'the same where only one side has that name',
      'spec.env[0].value',
      { ...deployment, states: [{ spec: { env: [{ name: 'A' }] } }, { spec: { env: [{ name: 'A_TOKEN' }] } }] },
    ],
  ] as [string, string, PropertyOwner][])('%s', (_what, path, owner) => {
    expect(maskProperty(update(path, 'one', 'other'), owner)).toMatchObject(secret);
  });

  it('is secret on both sides where it is a secret on one only', () => {
    expect(maskProperty(update('spec.x', 'nothing', 'https://me:hunter2@git.example.com'), deployment)).toMatchObject({
      after: known('https://me:[new secret]@git.example.com'),
    });
    expect(maskProperty(update('spec.x', 'a', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc'), deployment)).toMatchObject(
      secret,
    );
  });

  it('stays absent where it is', () => {
    const added: PropertyChange = { path: 'token', kind: 'add', replaces: false, after: known('abc') };
    expect(maskProperty(added, deployment)).toEqual({ ...added, after: { state: 'secret' } });
  });
});

describe('properties with something secret in them', () => {
  it('keeps what is around it, and tells whether it changes', () => {
    const env = (password: string) => [
      { name: 'USER', value: 'me' },
      { name: 'PASSWORD', value: password },
    ];
    expect(maskProperty(update('spec.env', env('one'), env('other')), deployment)).toMatchObject({
      before: known(env('[secret]')),
      after: known(env('[new secret]')),
    });
    expect(maskProperty(update('spec.env', env('one'), [...env('one'), { name: 'B' }]), deployment)).toMatchObject({
      before: known(env('[secret]')),
      after: known([...env('[secret]'), { name: 'B' }]),
    });
  });

  it('looks into texts: what kubectl applied last', () => {
    const applied = (data: string) => JSON.stringify({ kind: 'Secret', metadata: { name: 'a' }, data: { a: data } });
    const path = 'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]';
    expect(maskProperty(update(path, applied('YQ=='), applied('Yg==')), deployment)).toMatchObject({
      before: known(applied('[secret]')),
      after: known(applied('[new secret]')),
    });
  });

  it('shows nothing of packed texts with secrets, and leaves them to whom unpacks them', () => {
    const packed = (password: string) => gzipSync(`#cloud-config\npassword: ${password}\n`).toString('base64');
    const owner = { type: 'aws:ec2/launchTemplate:LaunchTemplate', name: 'x' };
    expect(maskProperty(update('userData', packed('one-two-3'), packed('four-5')), owner)).toMatchObject({
      before: known('[secret]'),
      after: known('[new secret]'),
    });
  });

  it('masks objects that are created', () => {
    const spec = { adminPassword: 'hunter2', users: [{ name: 'a', token: 'abc' }], secretName: 'x', enabled: true };
    const change: PropertyChange = { path: 'spec', kind: 'add', replaces: false, after: known(spec) };
    expect(maskProperty(change, deployment)).toEqual({
      ...change,
      after: known({
        adminPassword: '[secret]',
        users: [{ name: 'a', token: '[secret]' }],
        secretName: 'x',
        enabled: true,
      }),
    });
  });
});

describe('properties without secrets', () => {
  it.each([
    ['spec.volumes[0].secret.secretName', 'a', 'b', deployment],
    ['spec.template.spec.automountServiceAccountToken', true, false, deployment],
    [
      'metadataOptions.httpTokens',
      'optional',
      'required',
      { type: 'aws:ec2/launchTemplate:LaunchTemplate', name: 'x' },
    ],
    ['spec.tolerations[0].key', 'a', 'b', deployment],
    ['metadata.labels', { a: 'b' }, { a: 'c' }, { type: 'kubernetes:core/v1:Secret', name: 'x' }],
    [
      'policy',
      '{"Action":"secretsmanager:GetSecretValue"}',
      '{"Action":"*"}',
      { type: 'aws:iam/policy:Policy', name: 'x' },
    ],
  ] as [string, unknown, unknown, PropertyOwner][])('come back as they are: %s', (path, before, after, owner) => {
    const change = update(path, before, after);
    expect(maskProperty(change, owner)).toBe(change);
  });
});
