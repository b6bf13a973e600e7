import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';
import { directory, kubezero } from './cli-run.ts';

describe('migrate', () => {
  const application = (version: string, values = 'kiam: {}\nistio: {} # one\n') =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    targetRevision: ${version}\n    helm:\n      values: |\n${values.replaceAll(/^(?=.)/gm, '        ')}`;

  function environment(name: string, text: string): string {
    const path = join(directory, 'stacks', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'environment.yaml'), '');
    writeFileSync(join(path, 'application.yaml'), text);
    return path;
  }

  it('rewrites the file, keeps the original beside it, and prints the difference', async () => {
    const path = environment('migrated', application('1.21.9-4'));
    const { code, stdout, stderr } = await kubezero('migrate', 'migrated');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('-    targetRevision: 1.21.9-4\n+    targetRevision: 1.22.8-8\n');
    expect(readFileSync(join(path, 'application.yaml'), 'utf8')).toBe(application('1.22.8-8', 'istio: {} # one\n'));
    expect(readFileSync(join(path, 'application.previous.yaml'), 'utf8')).toBe(application('1.21.9-4'));
    const again = await kubezero('migrate', 'migrated');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('is at 1.22 already; nothing to do') });
  });

  it('puts right a file that is half migrated, and keeps no copy of it', async () => {
    const half = 'istio: {}\nistio-ingress:\n  public:\n    certificates: []\n';
    const path = environment('half', application('1.22.8-8', half));
    const { code, stderr } = await kubezero('migrate', 'half');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(join(path, 'application.yaml'), 'utf8')).not.toContain('public');
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it('names every wrong value with its line, and touches nothing', async () => {
    const wrong = 'istoi: {}\nmetrics: { enabled: maybe }\n';
    const path = environment('wrong', application('1.21.9-4', wrong));
    const { code, stderr } = await kubezero('migrate', 'wrong');
    expect(code).toBe(3);
    expect(stderr).toMatch(/application\.yaml:8:9: .*istoi: unknown module "istoi"; did you mean "istio"\?/);
    expect(stderr).toMatch(/application\.yaml:9:29: .*metrics\.enabled: expected true or false; found "maybe"/);
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it('only prints with --dry-run, and one JSON document with --json', async () => {
    const path = environment('dry', application('1.21.9-4'));
    const { code, stdout } = await kubezero('migrate', 'dry', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      file: join(path, 'application.yaml'),
      changed: true,
      written: false,
      changes: ['targetRevision 1.21.9-4 is now 1.22.8-8', 'kiam removed'],
      warnings: [],
    });
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it.each([
    [
      'a release before all known ones',
      application('1.20.11-2'),
      ['migrate', 'bad', '--to', '1.21'],
      'error: nothing is known of release 1.20, nor of the way from it to 1.21',
    ],
    ['a skipped release', application('1.20.11-2'), ['migrate', 'bad'], 'error: from 1.20 to 1.22 skips release 1.21'],
    [
      'a downgrade',
      application('1.22.8-8'),
      ['migrate', 'bad', '--to', '1.21'],
      'error: this is 1.22; going back to 1.21 is not possible',
    ],
    [
      'an unknown release',
      application('1.21.9-4'),
      ['migrate', 'bad', '--to', '1.23'],
      'error: unknown KubeZero release "1.23"',
    ],
    ['broken YAML', 'kind: [', ['migrate', 'bad'], 'error: broken YAML: '],
    ['a mistyped environment', application('1.21.9-4'), ['migrate', 'bda'], 'error: no environment "bda"\n'],
  ])('refuses %s and touches nothing', async (_case, text, args, message) => {
    const path = environment('bad', text);
    const { code, stdout, stderr } = await kubezero(...args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr).toContain('  state: nothing was changed\n');
    expect(readFileSync(join(path, 'application.yaml'), 'utf8')).toBe(text);
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it('is a filter with -, from any directory, through the built command', () => {
    const bin = join(repositoryRoot, 'bin/kubezero.js');
    const filter = (input: string) =>
      spawnSync(process.execPath, [bin, 'migrate', '-', '--to', '1.22'], { input, cwd: directory, encoding: 'utf8' });
    const good = filter(application('1.21.9-4'));
    expect({ status: good.status, stdout: good.stdout }).toEqual({
      status: 0,
      stdout: application('1.22.8-8', 'istio: {} # one\n'),
    });
    const bad = filter('- no\n');
    expect({ status: bad.status, stdout: bad.stdout }).toEqual({ status: 3, stdout: '' });
    expect(bad.stderr).toContain("error: this is not KubeZero's application.yaml: expected a mapping");
  });
});
