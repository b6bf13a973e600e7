/**
 * Exit codes of the `kubezero` command. `changes` is 2, as in `terraform plan -detailed-exitcode`, for pipelines that know
 * that convention. Raised numbers are added, never given a new meaning.
 */
export const exitCode = {
  /** Done; for `preview` and `drift`: nothing to change. */
  ok: 0,
  /** An error in kubezero itself. */
  bug: 1,
  /** `preview`: changes are pending. `drift`: the world differs from the stacks. `toolchain list --missing`: some are. */
  changes: 2,
  /** The command line or a file is wrong; nothing was touched. */
  usage: 3,
  /** A precondition isn't met, or the engine, AWS or the cluster refused. */
  blocked: 4,
  /** Another run holds the lock. */
  locked: 5,
  /** A chart isn't the one that was locked. */
  unverified: 6,
  /** Something that holds data would be deleted or replaced, or a mandatory policy is violated. */
  guarded: 7,
  /** A gate gave up: the cluster isn't where the step should have taken it. */
  gate: 8,
  /** A pinned plan no longer fits the world. */
  moved: 9,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export interface UserErrorOptions {
  /** File and path (`stacks/demo/environment.yaml: workers[1].name`) or object (`Pod kube-system/etcd-a`) the message is about. */
  where?: string;
  /** What to run or change next, one sentence. */
  fix?: string;
  /** State the cluster is in, where that matters ("nothing was changed", "still serving at 1.21.9"). */
  state?: string;
  exitCode?: ExitCode;
  cause?: unknown;
}

/**
 * An error whose message is meant for the operator: printed without a stack trace, with where it happened
 * and what to do next. Everything else that is thrown is a bug of ours and is printed with its stack.
 */
export class UserError extends Error {
  readonly where?: string;
  readonly fix?: string;
  readonly state?: string;
  readonly exitCode: ExitCode;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'UserError';
    this.where = options.where;
    this.fix = options.fix;
    this.state = options.state;
    this.exitCode = options.exitCode ?? exitCode.usage;
  }
}

/** Exit code of a run that ended with this; once it was interrupted, whatever that made fail. */
export function exitCodeOf(error: unknown, signal?: AbortSignal): ExitCode {
  if (signal?.aborted) return exitCode.interrupted;
  return error instanceof UserError ? error.exitCode : exitCode.bug;
}
