import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { repositoryRoot } from '../../repository/root.ts';
import { outcomes, parseEvents } from './environment.ts';

/** Of a checkout, what isn't its sources. */
const notSources = new Set(['.git', 'node_modules', 'dist', '.kubezero']);

/** KubeZero 1.23 as somebody would add it who has nothing to say about it: what 1.22 is, once more. */
const added = {
  'releases/v1.23/index.ts': `import type { Release } from '../definition.ts';
import { release as before } from '../v1.22/index.ts';

export const release: Release = { ...before, id: '1.23', umbrellaVersion: '1.23.11-1', migration: [] };
`,
  'releases/v1.23/upgrade.ts': `import type { Upgrade } from '../upgrade.ts';
import { upgrade as before } from '../v1.22/upgrade.ts';

export const upgrade: Upgrade = { ...before, from: '1.22', to: '1.23', knownIssues: [] };
`,
};

/** Lines that name it, by the file they go to: each with the line of 1.22 that it comes after. */
const lines: Record<string, [after: string, line: string][]> = {
  'releases/known.ts': [
    ["import { release as v122 } from './v1.22/index.ts';\n", "import { release as v123 } from './v1.23/index.ts';\n"],
    ["'1.22': v122", ", '1.23': v123"],
  ],
  'releases/upgrades.ts': [
    [
      "import { upgrade as to122 } from './v1.22/upgrade.ts';\n",
      "import { upgrade as to123 } from './v1.23/upgrade.ts';\n",
    ],
    ['[to122', ', to123'],
  ],
};

/** The modules that machines need: half of an upgrade's time goes into others, which other rehearsals have. */
const modules = ['network', 'addons', 'cert-manager', 'storage'];

/** Leaves only those in an application.yaml. */
function switchOff(file: string): void {
  const application = parse(readFileSync(file, 'utf8'));
  const { helm } = application.spec.source;
  const { HighAvailableControlplane, ClusterName, kubezero, ...values } = parse(helm.values);
  const kept = Object.fromEntries(modules.map((id) => [id, values[id]]));
  helm.values = stringify({ HighAvailableControlplane, ClusterName, kubezero, ...kept });
  writeFileSync(file, stringify(application));
}

describe('a release that is added in releases/ alone', () => {
  let directory: string;
  let checkout: string;
  let stacks: string;
  let before: Map<string, string>;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubezero-release-'));
    checkout = join(directory, 'checkout');
    cpSync(repositoryRoot, checkout, {
      recursive: true,
      filter: (path) => !notSources.has(path.slice(repositoryRoot.length + 1)),
    });
    before = filesOf(checkout);
    stacks = join(directory, 'stacks');
    cpSync(join(repositoryRoot, 'stacks/small'), join(stacks, 'small'), { recursive: true });
    switchOff(join(stacks, 'small/application.yaml'));
    symlinkSync(join(repositoryRoot, 'node_modules'), join(checkout, 'node_modules'));
    mkdirSync(join(checkout, 'releases/v1.23'));
    for (const [path, text] of Object.entries(added)) writeFileSync(join(checkout, path), text);
    for (const [path, insertions] of Object.entries(lines)) {
      let text = readFileSync(join(checkout, path), 'utf8');
      for (const [after, line] of insertions) {
        expect(text, path).toContain(after);
        text = text.replace(after, `${after}${line}`);
      }
      writeFileSync(join(checkout, path), text);
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is rehearsed: up at 1.21, then to 1.22, then to 1.23', async () => {
    const report = join(directory, 'report');
    const child = await execa(
      process.execPath,
      [
        join(checkout, 'bin/kubezero.js'),
        ...['rehearse', 'small', '--to', '1.23', '--json', '--report', report, '--stacks', stacks],
      ],
      { cwd: checkout, stdin: 'ignore', reject: false },
    );
    expect(child.stderr).toBe('');
    expect(child.exitCode).toBe(0);

    const result = JSON.parse(readFileSync(join(report, 'result.json'), 'utf8'));
    expect(result.release).toEqual({ from: '1.21', to: '1.23' });
    expect(result.summary).toMatch(/^small went from 1\.21 to 1\.22 in \d+ s and to 1\.23 in \d+ s; 26 promises kept$/);
    expect(result.hops.map(({ from, to }: { from: string; to: string }) => `${from} to ${to}`)).toEqual([
      '1.21 to 1.22',
      '1.22 to 1.23',
    ]);
    const { application, layers } = result.hops[1].after.status;
    expect(application).toBe('1.23');
    expect([layers.controllers, layers.workers]).toEqual(['1.23', '1.23']);
    // The second upgrade finds nothing done: each of its steps has something to do, but for those of modules that are off.
    const events = parseEvents(child.stdout);
    const second = events.findIndex((event) => event.type === 'step-started' && event.id === 'upgrade-1.23');
    const idle = Object.entries(outcomes(events.slice(second))).filter(([, outcome]) => outcome !== 'changed');
    const off = [
      'istio',
      'istio-ingress',
      'istio-private-ingress',
      'logging',
      'logging-crds',
      'metrics',
      'metrics-crds',
    ];
    expect(idle.map(([id]) => id).filter((id) => !off.includes(id))).toEqual([]);
  });

  it('took no other change', () => {
    const after = filesOf(checkout);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    expect(changed.sort()).toEqual([...Object.keys(lines), ...Object.keys(added)].sort());
  });
});

/** Text of every source of a checkout, by path. */
function filesOf(root: string, under = ''): Map<string, string> {
  return new Map(
    readdirSync(join(root, under), { withFileTypes: true })
      .filter((entry) => under !== '' || !notSources.has(entry.name))
      .flatMap((entry): [string, string][] => {
        const path = join(under, entry.name);
        return entry.isDirectory() ? [...filesOf(root, path)] : [[path, readFileSync(join(root, path), 'latin1')]];
      }),
  );
}
