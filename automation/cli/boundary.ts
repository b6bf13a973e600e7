import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';

/** What an error looks like to the operator and to programs, and the exit code it gives. */
export interface Failure {
  text: string;
  exitCode: ExitCode;
  /** The same for programs, each thing that is wrong by itself. */
  parts: FailurePart[];
}

export interface FailurePart {
  message: string;
  where?: string;
  state?: string;
  fix?: string;
  /** Of a bug: where in the code. */
  stack?: string;
}

/**
 * The one place that turns what was thrown into text. A `UserError` (also one from the other side of a bundle or an
 * `AggregateError` of several) is message, where, state and fix; an aborted run is one line; the rest is a bug with its stack.
 * Whatever an aborted run fails with, its exit code is the one of interruption.
 */
export function describeFailure(error: unknown, signal?: AbortSignal): Failure {
  const several = error instanceof AggregateError && error.errors.length > 0 && error.errors.every(isUserError);
  const errors = several ? error.errors.filter(isUserError) : isUserError(error) ? [error] : [];
  if (errors.length > 0) {
    return {
      text: errors.map(userErrorText).join('\n'),
      exitCode: signal?.aborted ? exitCode.interrupted : (errors[0]?.exitCode ?? exitCode.usage),
      parts: errors.map(partOf),
    };
  }
  if (signal?.aborted)
    return { text: 'interrupted', exitCode: exitCode.interrupted, parts: [{ message: 'interrupted' }] };
  const stack = stackOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return {
    text: `${stack}\n\nThis is a bug in kubezero, not a mistake of yours.`,
    exitCode: exitCode.bug,
    parts: [{ message, stack }],
  };
}

function partOf({ message, where, state, fix }: UserError): FailurePart {
  return {
    message: message.trimEnd(),
    ...(where ? { where } : {}),
    ...(state ? { state } : {}),
    ...(fix ? { fix } : {}),
  };
}

function isUserError(error: unknown): error is UserError {
  return error instanceof UserError || (error instanceof Error && error.name === 'UserError' && 'exitCode' in error);
}

function userErrorText(error: UserError): string {
  const lines = [`error: ${indentRest(error.message)}`];
  if (error.where) lines.push(`  where: ${indentRest(error.where)}`);
  if (error.state) lines.push(`  state: ${indentRest(error.state)}`);
  if (error.fix) lines.push(`  fix: ${indentRest(error.fix)}`);
  return lines.join('\n');
}

function indentRest(text: string): string {
  return text.trimEnd().replaceAll('\n', '\n    ');
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return (error.stack ?? `${error.name}: ${error.message}`) + cause;
}
