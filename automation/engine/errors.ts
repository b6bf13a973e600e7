import { CommandError, ConcurrentUpdateError, StackNotFoundError } from '@pulumi/pulumi/automation/index.js';
import { exitCode, UserError } from '../../errors/index.ts';
import { saysWrongPassphrase } from '../../pulumi/messages.ts';
import { backendProblem } from './backend-errors.ts';
import { maskText } from './changes/masking.ts';
import type { StackPlan } from './changes/schema.ts';
import { mandatoryViolations } from './changes/violations.ts';

/**
 * Turns what the engine throws into a message for the operator: which stack, what the engine said (its own error
 * diagnostics, not the whole output), and what to do. Errors of our own pass through.
 * @param plan what the engine found until then
 * @param doing what was being done; only an update may have changed something
 */
export function explainEngineError(
  error: unknown,
  stack: string,
  environment: string,
  plan?: StackPlan,
  doing: 'update' | 'preview' | 'reading' = 'update',
): unknown {
  if (error instanceof UserError || !(error instanceof CommandError)) return error;
  const output = error.message;
  if (error instanceof ConcurrentUpdateError) {
    return new UserError(`stack ${stack} is locked by another update`, {
      where: `stack ${stack}`,
      fix: `wait for the other update; if it is gone, run: pulumi cancel -s ${stack}`,
      exitCode: exitCode.locked,
      cause: error,
    });
  }
  if (saysWrongPassphrase(output)) {
    return new UserError(`the passphrase doesn't match stack ${stack}`, {
      where: `stack ${stack}`,
      state: 'nothing was touched',
      fix: 'set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase this environment was created with',
      cause: error,
    });
  }
  if (error instanceof StackNotFoundError) {
    return new UserError(`the state of stack ${stack} can't be found at the moment, though the backend lists it`, {
      where: `stack ${stack}: its backend`,
      state: 'nothing was touched',
      fix: 'run the same command again; if it stays, look at the directory or bucket of the states',
      exitCode: exitCode.blocked,
      cause: error,
    });
  }
  const trouble = backendProblem(output);
  if (trouble) {
    return new UserError(`${trouble.message}: ${maskText(lastErrors(output))}`, {
      where: `stack ${stack}: its backend`,
      state: trouble.state,
      fix: trouble.fix,
      exitCode: exitCode.blocked,
      cause: error,
    });
  }
  const violations = plan ? mandatoryViolations(plan) : [];
  const errors = plan?.diagnostics.filter((d) => d.severity === 'error').map((d) => d.message) ?? [];
  const reported = violations.length > 0 ? violations : errors;
  const message = reported.length > 0 ? reported.join('\n') : maskText(lastErrors(output));
  return new UserError(`the ${doing} of stack ${stack} failed: ${message}`, {
    where: `stack ${stack}`,
    state:
      doing === 'update'
        ? 'what was updated before the error is recorded in the stack; the rest is as it was'
        : 'nothing was changed',
    fix: `mend the cause, then run the same command again; details: pulumi preview --diff -s ${stack} (environment ${environment})`,
    exitCode: violations.length > 0 ? exitCode.guarded : exitCode.blocked,
    cause: error,
  });
}

function lastErrors(output: string): string {
  const lines = output.split('\n').filter((line) => /error:/i.test(line));
  return (lines.length > 0 ? lines.slice(-5) : output.trim().split('\n').slice(-5)).join('\n').trim();
}
