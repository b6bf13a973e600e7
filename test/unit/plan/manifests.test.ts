import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOf } from '../../../automation/plan/commit.ts';
import { manifestPlans } from '../../../automation/plan/manifests.ts';
import type { Environment } from '../../../environment/environment.ts';

let directory: string;
const path = 'manifests/logging/Secret.logging.es.yaml';
const secret = (password: string, user = 'YWRtaW4=') =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: es\ndata:\n  user: ${user}\n  password: ${password}\n`;
const environment = () => ({ name: 'demo', directory, delivery: 'argocd' }) as Environment;
const rendered = (text: string) => [{ path, module: 'logging', object: 'Secret/logging/es', text }] as never;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-manifests-'));
  mkdirSync(join(directory, 'demo/manifests/logging'), { recursive: true });
  writeFileSync(join(directory, 'demo', path), secret('b2xk'));
  const git = simpleGit({ baseDir: directory });
  await git.init().addConfig('user.name', 'test').addConfig('user.email', 'test@example.com');
  await git.add('.').commit('manifests');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('manifests for ArgoCD in a plan', () => {
  it('show that a value of a Secret changes, and no value', async () => {
    const [plan] = (await manifestPlans(environment(), rendered(secret('bmV3')))) ?? [];
    expect(plan).toMatchObject({ operation: 'update', module: 'logging', object: 'Secret/logging/es' });
    expect(plan?.diff).toContain('-  password: "[secret]"\n+  password: "[secret, another one]"');
    expect(plan?.diff).toContain('   user: "[secret]"');
    expect(plan?.diff).not.toMatch(/b2xk|bmV3|YWRtaW4=/);
  });

  it('are none where Pulumi delivers, and always did', async () => {
    rmSync(join(directory, 'demo/manifests'), { recursive: true });
    expect(await manifestPlans({ ...environment(), delivery: 'pulumi' }, [])).toBeUndefined();
  });
});

describe('the commit of a plan', () => {
  it('has a "+" where the environment has changes that aren’t committed', async () => {
    expect(await commitOf(environment())).toMatch(/^[0-9a-f]{40}$/);
    writeFileSync(join(directory, 'elsewhere'), '');
    expect(await commitOf(environment())).toMatch(/^[0-9a-f]{40}$/);
    writeFileSync(join(directory, 'demo/new.yaml'), '');
    expect(await commitOf(environment())).toMatch(/^[0-9a-f]{40}\+$/);
  });

  it('is absent where there is no git repository', async () => {
    rmSync(join(directory, '.git'), { recursive: true });
    expect(await commitOf(environment())).toBeUndefined();
  });
});
