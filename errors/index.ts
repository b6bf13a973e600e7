/** Exit codes of the `kubezero` command. */
export const exitCode = {
  ok: 0,
  bug: 1,
  usage: 2,
  changes: 3,
  blocked: 4,
  locked: 5,
  unverified: 6,
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
