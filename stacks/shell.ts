import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { getStack, RunError } from '@pulumi/pulumi';
import { ChartStore, lockFileName } from '../charts/index.ts';
import { UserError } from '../errors/index.ts';
import { repositoryRoot } from '../repository/root.ts';
import { programOfStack } from './index.ts';

/**
 * What `pulumi up`, `pulumi preview` and the like run: the program of the selected stack. Nobody is above it who could have
 * read the environment variables: that is done here.
 */
export default async function program(): Promise<Record<string, unknown> | undefined> {
  // The engine starts programs in the directory of their entry; environments are below the checkout.
  process.chdir(repositoryRoot);
  const { env } = process;
  const directory = resolve(env.KUBEZERO_STACKS || 'stacks');
  const charts = new ChartStore({ env, lockFile: join(directory, lockFileName) });
  try {
    return (await programOfStack(getStack(), directory, charts)()) as Record<string, unknown> | undefined;
  } catch (error) {
    if (error instanceof UserError) throw plainError(describe(error));
    throw error;
  }
}

/**
 * Pulumi prints the message of a RunError as it is, and anything else with its stack. It also formats the error for its
 * traces, with everything that hangs from it by then: ten seconds, unless the error says what it looks like.
 */
function plainError(message: string): RunError {
  return Object.defineProperty(new RunError(message), inspect.custom, { value: () => message });
}

function describe({ message, where, state, fix }: UserError): string {
  const more = [where && `where: ${where}`, state && `state: ${state}`, fix && `fix: ${fix}`].filter(Boolean);
  return [message, ...more].join('\n  ');
}
