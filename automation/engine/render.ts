import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorkspace } from '@pulumi/pulumi/automation/index.js';
import type { Environment } from '../../environment/environment.ts';
import { type RenderedEnvironment, type RenderingArgs, renderingProgram } from '../../stacks/rendering.ts';
import type { Engine } from './engine.ts';
import { workspaceOptions } from './workspace.ts';

/**
 * Every object that the modules layer would deploy at a release, by module. Charts are rendered by the Kubernetes
 * provider's Helm in a preview of a program of its own; its state is thrown away, and no cluster is asked.
 * @throws UserError as a deployment would.
 */
export async function renderEnvironment(
  environment: Environment,
  args: RenderingArgs,
  { engine, signal }: { engine: Engine; signal?: AbortSignal },
): Promise<RenderedEnvironment> {
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-render-'));
  const state = join(directory, 'state');
  mkdirSync(state);
  let rendered: RenderedEnvironment | undefined;
  let failure: unknown;
  const run = renderingProgram(args, engine.charts, join(directory, 'objects'), (result) => {
    rendered = result;
  });
  const program = async () => {
    await run().catch((error: unknown) => {
      failure = error;
      throw error;
    });
  };
  try {
    const { envVars, pulumiCommand } = await workspaceOptions(engine);
    Object.assign(envVars, { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: 'render' });
    const stack = await LocalWorkspace.createStack(
      { stackName: `${environment.name}-render`, projectName: 'kubezero', program },
      { workDir: directory, envVars, pulumiCommand },
    );
    await stack.preview({ signal, color: 'never' });
    return rendered!;
  } catch (error) {
    // The engine only passes on its text.
    throw failure ?? error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
