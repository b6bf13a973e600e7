import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../errors/index.ts';
import { wellFormed } from '../unit/report/plan/well-formed.ts';
import { DemoEnvironment } from './demo-environment.ts';

let demo: DemoEnvironment;

beforeAll(async () => {
  demo = await DemoEnvironment.start();
  // There are no machines that a gate could see.
  demo.env.KUBEZERO_GATE_SECONDS = '2';
});

afterAll(async () => demo?.stop());

/** The comment that a change of one of the environment's files gets; the file is as before then. */
async function commentOn(file: string, change: (text: string) => string): Promise<{ text: string; exit?: number }> {
  const before = demo.read(file);
  demo.edit(file, change);
  try {
    return await comment();
  } finally {
    demo.edit(file, () => before);
  }
}

async function comment(): Promise<{ text: string; exit?: number }> {
  const { stdout, stderr, exitCode: exit } = await demo.kubezero('preview', 'demo', '--format', 'markdown');
  expect(stderr).toBe('');
  wellFormed(stdout);
  expect(stdout.length).toBeLessThanOrEqual(65_536);
  return { text: withoutChance(stdout), exit };
}

/** Without what is another with each run. */
function withoutChance(text: string): string {
  return `${text
    .replaceAll(/computed \d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'computed <time> UTC')
    .replaceAll(/commit `[0-9a-f]+\+?`/g, 'commit `<commit>`')
    .replaceAll(/\b([a-z]+)-[0-9a-f]{17,}\b/g, '$1-<id>')}\n`;
}

function snapshot(name: string): string {
  return join('snapshots', 'preview', `${name}.md`);
}

describe('the comment on a pull request that changes', () => {
  it('the machines of one worker group', async () => {
    const { text, exit } = await commentOn('environment.yaml', (yaml) =>
      yaml.replace('name: general\n    instanceType: m5.large', 'name: general\n    instanceType: m5.xlarge'),
    );
    expect(exit).toBe(exitCode.changes);
    await expect(text).toMatchFileSnapshot(snapshot('instance-type'));
  });

  it('a value of a module', async () => {
    const { text, exit } = await commentOn('application.yaml', (yaml) =>
      yaml.replace('retention: "8d"', 'retention: "30d"'),
    );
    expect(exit).toBe(exitCode.changes);
    await expect(text).toMatchFileSnapshot(snapshot('module-value'));
  });

  it('a secret', async () => {
    const { text, exit } = await commentOn('application.yaml', (yaml) =>
      yaml.replace('password: "not-a-secret"', 'password: "correct-horse-battery-staple"'),
    );
    expect(exit).toBe(exitCode.changes);
    expect(text).not.toMatch(/not-a-secret|correct-horse/);
    await expect(text).toMatchFileSnapshot(snapshot('secret'));
  });

  it('the zone of an etcd volume: refused', async () => {
    const { text, exit } = await commentOn('environment.yaml', (yaml) =>
      yaml.replace(
        'zones: [eu-central-1a, eu-central-1b, eu-central-1c]',
        'zones: [eu-central-1a, eu-central-1b, eu-central-1d]',
      ),
    );
    expect(exit).toBe(exitCode.guarded);
    await expect(text).toMatchFileSnapshot(snapshot('etcd-zone'));
  });

  it('the release', async () => {
    const before = demo.read('application.yaml');
    expect(await demo.kubezero('migrate', 'demo')).toMatchObject({ exitCode: exitCode.ok });
    try {
      const { text } = await comment();
      await expect(text).toMatchFileSnapshot(snapshot('release'));
    } finally {
      demo.edit('application.yaml', () => before);
    }
  });
});
