import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadApplication, parseApplication } from '../../application/application-file.ts';
import { migrateApplication } from '../../application/migration/migrate.ts';
import type { UserError } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';

const demo = readFileSync(join(repositoryRoot, 'stacks/demo/application.yaml'), 'utf8');
const file = 'stacks/demo/application.yaml';

/** Line, counted from 1, of the first line that contains a text. */
const lineOf = (text: string, part: string) => text.split('\n').findIndex((line) => line.includes(part)) + 1;

function refusal(text: string): UserError {
  try {
    parseApplication(text, file);
  } catch (error) {
    return error as UserError;
  }
  throw new Error('expected to be refused');
}

describe('application.yaml', () => {
  it('of the demo is a KubeZero 1.21 with nine modules on, and no Kiam', () => {
    const { release, targetRevision, values } = parseApplication(demo, file);
    expect([release, targetRevision]).toEqual(['1.21', '1.21.9-4']);
    const on = Object.entries(values).filter(([, value]) => (value as { enabled?: boolean }).enabled);
    expect(on.map(([name]) => name)).toEqual([
      'addons',
      'network',
      'cert-manager',
      'storage',
      'istio',
      'istio-ingress',
      'metrics',
      'logging',
      'argocd',
    ]);
  });

  it.each(['1.20.11-2', '1.23.10', 'latest'])('at %s is of a release nobody knows here', (revision) => {
    const error = refusal(demo.replace('1.21.9-4', revision));
    expect(error.message).toBe(
      `spec.source.targetRevision: "${revision}" is of no KubeZero release known here; expected 1.21 (1.21.9-4) or 1.22 (1.22.8-8)`,
    );
    expect(error.where).toBe(`${file}:${lineOf(demo, 'targetRevision: 1.21.9-4')}:21`);
    expect(error.fix).toBe('upgrades go one release at a time');
  });

  it('with an unknown module names the nearest, and its line in the file', () => {
    const text = demo.replace('        storage:\n', '        storrage:\n');
    const error = refusal(text);
    expect(error.message).toBe('spec.source.helm.values.storrage: unknown module "storrage"; did you mean "storage"?');
    expect(error.where).toBe(`${file}:${lineOf(text, 'storrage:')}:9`);
  });

  it('with a module of the next release says so', () => {
    const error = refusal(
      demo.replace('        argocd:\n', '        auth:\n          enabled: true\n        argocd:\n'),
    );
    expect(error.message).toBe(
      "spec.source.helm.values.auth: is a module of KubeZero 1.22, which release 1.21 doesn't have yet",
    );
  });

  it('with a module switched on by a word that is no boolean', () => {
    const text = demo.replace(
      '        metrics:\n          enabled: true',
      '        metrics:\n          enabled: "yes"',
    );
    const error = refusal(text);
    expect(error.message).toBe('spec.source.helm.values.metrics.enabled: expected true or false; found "yes"');
    expect(error.where).toBe(`${file}:${lineOf(text, '"yes"')}:20`);
  });

  it('whose values aren’t YAML says where in the file they break', () => {
    const text = demo.replace('        metrics:\n', '        broken: [\n        metrics:\n');
    const error = refusal(text);
    expect(error.message).toContain('spec.source.helm.values: broken YAML: Flow sequence in block collection');
    expect(error.where).toMatch(new RegExp(`^${file}:${lineOf(text, 'broken: [') + 1}:`));
  });

  it('that is no ArgoCD Application says what it lacks', () => {
    const error = refusal('kind: Deployment\n');
    expect(error.message).toContain('kind: expected Application; found "Deployment"');
    expect(error.message).toContain('spec: missing');
  });

  it('still with Kiam at 1.22 says what to do about it', () => {
    const at122 = demo.replace('1.21.9-4', '1.22.8-8');
    const error = refusal(
      at122.replace('        argocd:\n', '        kiam:\n          enabled: true\n        argocd:\n'),
    );
    expect(error.message).toContain(
      'values.kiam: "kiam" was removed in 1.22: its users need roles for service accounts',
    );
  });
});

describe('during an upgrade', () => {
  let directory: string;
  const environment = () => ({ name: 'demo', directory });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubezero-application-'));
    cpSync(join(repositoryRoot, 'stacks/demo'), join(directory, 'demo'), { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (name: string, text: string) => writeFileSync(join(directory, 'demo', name), text);
  const migrated = () => migrateApplication(demo, { to: '1.22' }).text;

  it('both documents are read', () => {
    write('application.previous.yaml', demo);
    write('application.yaml', migrated());
    const application = loadApplication(environment());
    expect(application).toMatchObject({ release: '1.22', targetRevision: '1.22.8-8' });
    expect(application.previous).toMatchObject({ release: '1.21', targetRevision: '1.21.9-4' });
  });

  it('the problems of both are named at once, each document’s by its own release', () => {
    write('application.previous.yaml', demo.replace('          cilium:\n', '          clium:\n'));
    write('application.yaml', migrated().replace('          fuseDevicePlugin:\n', '          fusePlugin:\n'));
    expect(() => loadApplication(environment())).toThrow(
      /demo\/application\.yaml and \S+application\.previous\.yaml have 2 problems:\n.*fusePlugin.*\n.*"clium"; did you mean "cilium"/,
    );
  });

  it('an application.yaml that is gone is missed', () => {
    rmSync(join(directory, 'demo/application.yaml'));
    expect(() => loadApplication(environment())).toThrow('environment "demo" has no application.yaml');
  });
});
