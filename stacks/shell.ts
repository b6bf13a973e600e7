import { inspect } from 'node:util';
import { getStack, RunError } from '@pulumi/pulumi';
import { UserError } from '../errors/index.ts';
import { repositoryRoot } from '../repository/root.ts';
import { programOfStack } from './index.ts';

/** What `pulumi up`, `pulumi preview` and the like run: the program of the selected stack. */
export default async function program(): Promise<Record<string, unknown> | undefined> {
  // The engine starts programs in the directory of their entry; environments are below the checkout.
  process.chdir(repositoryRoot);
  try {
    return (await programOfStack(getStack())()) as Record<string, unknown> | undefined;
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
