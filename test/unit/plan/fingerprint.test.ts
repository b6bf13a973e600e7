import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../automation/engine/engine.ts';
import { fileDigests, fingerprintOf, resourceDigests } from '../../../automation/plan/fingerprint.ts';
import { plainDigest } from '../../../automation/plan/key.ts';
import { programDigest } from '../../../automation/plan/program.ts';
import { loadEnvironment } from '../../../environment/environment.ts';
import { crdType } from '../../../modules/crds/index.ts';
import { repositoryRoot } from '../../../repository/root.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-fingerprint-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(join(directory, path, '..'), { recursive: true });
  writeFileSync(join(directory, path), text);
}

describe('the digest of kubezero itself', () => {
  const sources = {
    'infra/network/vpc.ts': 'export {};\n',
    'infra/node/scripts/boot.sh': '#!/bin/sh\n',
    'stacks/index.ts': 'export {};\n',
    'package-lock.json': '{}\n',
  };
  const digestOf = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries({ ...sources, ...files })) put(path, text);
    return programDigest(directory);
  };

  it('is another where a source differs, or a package', () => {
    const digest = digestOf({});
    expect(digestOf({ 'infra/node/scripts/boot.sh': '#!/bin/sh -e\n' })).not.toBe(digest);
    expect(digestOf({ 'package-lock.json': '{ "a": 1 }\n' })).not.toBe(digest);
    expect(digestOf({ 'modules/sql/sql.ts': '' })).not.toBe(digest);
  });

  it('is the same in another checkout: of another age, with other line ends', () => {
    const digest = digestOf({});
    const other = digestOf({ 'infra/network/vpc.ts': 'export {};\r\n' });
    utimesSync(join(directory, 'stacks/index.ts'), 1, 1);
    expect(other).toBe(digest);
  });

  it('doesn’t depend on environments, tests, documents, and how output looks', () => {
    const digest = digestOf({});
    const others = [
      'stacks/demo/environment.yaml',
      'infra/vpc.test.ts',
      'infra/README.md',
      'automation/report/plain.ts',
    ];
    expect(digestOf(Object.fromEntries([...others, 'test/a.ts', 'dist/cli.js'].map((path) => [path, 'x'])))).toBe(
      digest,
    );
  });

  it('takes no time to speak of', () => {
    const started = performance.now();
    expect(programDigest()).toMatch(/^[0-9a-f]{64}$/);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('digests of an environment’s files', () => {
  beforeEach(() => cpSync(join(repositoryRoot, 'stacks/demo'), join(directory, 'demo'), { recursive: true }));
  const digests = () => fileDigests(loadEnvironment('demo', directory), plainDigest);

  it('stay the same where only comments and layout of YAML change', () => {
    const before = digests();
    expect(Object.keys(before)).toEqual(['demo/application.yaml', 'demo/environment.yaml']);
    const text = readFileSync(join(directory, 'demo/environment.yaml'), 'utf8');
    put('demo/environment.yaml', `# Ours\n${text}\n`);
    expect(digests()).toEqual(before);
  });

  it('change with a value', () => {
    const before = digests();
    const text = readFileSync(join(directory, 'demo/environment.yaml'), 'utf8');
    put('demo/environment.yaml', text.replace(/instanceType: .*/, 'instanceType: m5.metal'));
    expect(digests()).toEqual({
      ...before,
      'demo/environment.yaml': expect.not.stringMatching(before['demo/environment.yaml']!),
    });
  });

  it('know a stack’s configuration by what somebody gave it, not by what updates write there', () => {
    const before = digests();
    put(
      'Pulumi.demo-workers.yaml',
      'encryptionsalt: v1:x\nconfig:\n  kubezero:release: "1.21"\n  kubezero:surge: false\n',
    );
    expect(digests()).toEqual(before);
    put('Pulumi.demo-workers.yaml', 'config:\n  kubezero:release: "1.21"\n  aws:region: eu-west-1\n');
    expect(Object.keys(digests())).toContain('Pulumi.demo-workers.yaml');
  });

  it('have one for each manifest that ArgoCD finds in git', () => {
    put('demo/manifests/logging/Service.yaml', 'kind: Service\n');
    expect(Object.keys(digests())).toContain('demo/manifests/logging/Service.yaml');
  });
});

describe('digests of what is deployed', () => {
  const template = {
    urn: 'urn:pulumi:demo-workers::kubezero::aws:ec2/launchTemplate:LaunchTemplate::general',
    type: 'aws:ec2/launchTemplate:LaunchTemplate',
    custom: true,
    id: 'lt-1',
    inputs: { instanceType: 'm5.large' },
    outputs: { instanceType: 'm5.large', latestVersion: 1 },
  };
  const object = {
    urn: 'urn:pulumi:demo-modules::kubezero::kubernetes:core/v1:Secret::logging/es',
    type: 'kubernetes:core/v1:Secret',
    custom: true,
    id: 'logging/es',
    inputs: { data: { password: secret('"geheim"', 'v1:aaa') } },
    outputs: { metadata: { resourceVersion: '1' } },
  };
  const of = (...resources: object[]) => resourceDigests(resources as never, plainDigest);

  /** A secret as `pulumi stack export --show-secrets` has it. */
  function secret(plaintext: string, ciphertext: string): object {
    return { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', ciphertext, plaintext };
  }

  it('change with what a provider gave back', () => {
    const changed = { ...template, outputs: { ...template.outputs, latestVersion: 2 } };
    expect(of(changed)).not.toEqual(of(template));
  });

  it('stay the same where only when and by what it was written changes', () => {
    const later = { ...template, modified: '2026-01-01T00:00:00Z', sourcePosition: 'project:///x.ts#1,1' };
    const reordered = { ...later, outputs: { latestVersion: 1, instanceType: 'm5.large' } };
    expect(of(reordered)).toEqual(of(template));
  });

  it('know secrets by their value: encrypted anew they are the same, a changed one is another', () => {
    const withSecret = (value: object) => of({ ...object, inputs: { data: { password: value } } });
    expect(withSecret(secret('"geheim"', 'v1:bbb'))).toEqual(of(object));
    expect(withSecret(secret('"anders"', 'v1:aaa'))).not.toEqual(of(object));
  });

  it('leave the cluster’s own part of an object out', () => {
    expect(of({ ...object, outputs: { metadata: { resourceVersion: '2' }, status: {} } })).toEqual(of(object));
    const definition = { ...object, type: crdType, inputs: { digest: 'a' }, outputs: { uid: 'uid-1' } };
    expect(of({ ...definition, outputs: { uid: 'uid-2' } })).toEqual(of(definition));
    expect(of({ ...definition, inputs: { digest: 'b' } })).not.toEqual(of(definition));
  });

  it('know components by what they were asked for', () => {
    const component = { ...template, custom: false, inputs: { release: '1.21' } };
    expect(of({ ...component, outputs: { ready: true } })).toEqual(of(component));
    expect(of({ ...component, inputs: { release: '1.22' } })).not.toEqual(of(component));
  });

  it('leave out providers, the stack itself, and what is only read', () => {
    const others = [
      { ...template, external: true },
      { ...template, type: 'pulumi:providers:aws' },
      { ...template, custom: false, type: 'pulumi:pulumi:Stack' },
    ];
    expect(of(...others)).toEqual({});
  });
});

describe('a fingerprint of an environment of which nothing is deployed', () => {
  it('needs no key, since there is no secret in it', async () => {
    cpSync(join(repositoryRoot, 'stacks/demo'), join(directory, 'demo'), { recursive: true });
    const states = { exported: async () => ({ version: 3, deployment: {} }) };
    const taken = await fingerprintOf(loadEnvironment('demo', directory), states, {} as Engine, { charts: [] });
    expect(taken.key).toBeUndefined();
    expect(taken.stacks).toEqual({
      'demo-network': {},
      'demo-controllers': {},
      'demo-workers': {},
      'demo-modules': {},
    });
  });
});
