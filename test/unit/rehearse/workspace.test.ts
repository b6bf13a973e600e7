import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createWorkspace } from '../../../automation/operations/rehearse/workspace.ts';
import { loadEnvironment } from '../../../environment/environment.ts';
import { repositoryRoot } from '../../../repository/root.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'workspace-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('rehearses environments that have no Pulumi project beside them', async () => {
  const stacks = join(directory, 'own', 'environments');
  cpSync(join(repositoryRoot, 'stacks/demo'), join(stacks, 'demo'), { recursive: true });
  const { root } = await createWorkspace(loadEnvironment('demo', stacks), join(directory, 'rehearsal'));
  const project = parse(readFileSync(join(root, 'Pulumi.yaml'), 'utf8'));
  expect(project).toMatchObject({
    name: 'kubezero',
    main: join(repositoryRoot, 'stacks/main.js'),
    plugins: { providers: [{ name: 'kubezero', path: join(repositoryRoot, 'bin') }] },
  });
});
