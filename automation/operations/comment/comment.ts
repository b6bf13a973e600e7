import { readFileSync } from 'node:fs';
import { type ExitCode, exitCode, UserError } from '../../../errors/index.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { redact } from '../../report/redacting.ts';
import { githubRequest } from './github.ts';
import { gitlabRequest } from './gitlab.ts';
import { NotAllowed, type ReviewRequest } from './host.ts';
import { commentBody, type Published, publish } from './sticky.ts';
import { writeSummary } from './summary.ts';

export interface CommentOptions {
  env: string;
  /** File with the Markdown, short enough for a comment. */
  file: string;
  /** File with all of it, for the job summary. */
  full?: string;
  /** Exit code of the command that wrote the file; with 0 (nothing to change) no new comment is made. */
  exitCode?: number;
  always: boolean;
  /** Number of the pull or merge request; absent: that of the pipeline's event. */
  request?: number;
  /** Commit that was previewed; absent: that of the pipeline's event. */
  commit?: string;
  summaryOnly: boolean;
}

/** What `kubezero comment --json` prints. */
export interface CommentResult {
  environment: string;
  outcome: Published['outcome'] | 'no request' | 'stale' | 'not allowed' | 'summary only';
  /** Of the comment. */
  url?: string;
  removed?: number;
  /** The job summary was written. */
  summary: boolean;
}

/**
 * `kubezero comment <env>`: one comment per environment on the pull or merge request of this pipeline, edited in place, and
 * the job summary. A preview of a commit that isn't the newest any more is not posted; a fork's pipeline, which gets no
 * token that writes, leaves it at the summary. Both end well.
 */
export async function comment(argv: CommentOptions, context: CommandContext): Promise<ExitCode> {
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(argv.env))
    throw new UserError(`"${argv.env}" is not the name of an environment`, { fix: 'name a directory below stacks' });
  const { env } = context;
  const text = redact(read(argv.file));
  const full = argv.full === undefined ? [] : [redact(read(argv.full))];
  const summary = writeSummary([...full, text], env);
  const finish = (outcome: CommentResult['outcome'], line: string, rest: Partial<CommentResult> = {}) => {
    const notable = outcome === 'stale' || outcome === 'not allowed';
    if (notable) writeSummary([`> ${line}`], env);
    const result: CommentResult = { environment: argv.env, outcome, ...rest, summary };
    if (context.json) context.print(JSON.stringify(result));
    else context.print(notable && env.GITHUB_ACTIONS === 'true' ? `::notice title=kubezero::${line}` : line);
    return exitCode.ok;
  };
  if (argv.summaryOnly)
    return finish('summary only', `${argv.env}: ${summary ? 'job summary written' : 'this run has no job summary'}`);

  for (const name of ['GITHUB_TOKEN', 'GITLAB_TOKEN', 'KUBEZERO_GITLAB_TOKEN']) context.secret(env[name] ?? '');
  let request: ReviewRequest | undefined;
  try {
    request = await reviewRequest(argv, context);
    if (!request)
      return finish('no request', `${argv.env}: this run is for no pull or merge request, nothing is posted`);
    const body = commentBody(argv.env, text, request);
    refuseLength(body, request, argv);
    const newest = request.commit && (await request.head());
    if (request.commit !== newest) {
      const line = `${argv.env}: ${request.name} is at ${short(newest)} by now, so the preview of ${short(request.commit)} is not posted`;
      return finish('stale', line);
    }
    const published = await publish(request, argv.env, body, { create: argv.always || argv.exitCode !== exitCode.ok });
    return finish(published.outcome, describe(argv.env, request, published), published);
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    if (request?.withoutSecrets) {
      const line = `${argv.env}: pipelines of forks get no token that may comment, so the preview is here only`;
      return finish('not allowed', line);
    }
    throw new UserError(`the preview can't be posted: ${error.message}`, {
      fix: permissionFix(request?.host, env),
      state: 'no comment was written; the preview is in the log and in the artifacts of this run',
      exitCode: exitCode.blocked,
      cause: error,
    });
  }
}

async function reviewRequest(
  { request, commit }: CommentOptions,
  { env, signal, warn }: CommandContext,
): Promise<ReviewRequest | undefined> {
  if (env.GITHUB_ACTIONS === 'true') return githubRequest({ env, request, commit, signal, warn });
  if (env.GITLAB_CI === 'true') return gitlabRequest({ env, request, commit, signal });
  throw new UserError('this is no pipeline: neither GITHUB_ACTIONS nor GITLAB_CI is "true"', {
    fix: 'run it in GitHub Actions or GitLab CI; anywhere else, the file is all there is to see',
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(`can't read ${file}: ${(cause as Error).message}`, {
      fix: 'write it with `kubezero preview <env> --markdown`',
      cause,
    });
  }
}

function refuseLength(body: string, { host, limit }: ReviewRequest, { env, file }: CommentOptions): void {
  if (body.length <= limit) return;
  throw new UserError(`the comment has ${body.length} characters; ${host} takes ${limit}`, {
    where: file,
    state: 'nothing was posted',
    fix: `give what \`kubezero preview ${env} --markdown\` writes: it leaves out detail until it fits`,
  });
}

function describe(environment: string, { name }: ReviewRequest, { outcome, url, removed }: Published): string {
  const what = {
    created: `comment made on ${name}`,
    updated: `comment updated on ${name}`,
    'left alone': `the comment on ${name} says so already`,
    'not needed': `nothing to change and no comment on ${name}, so none is made`,
  }[outcome];
  const more = removed > 0 ? `; ${removed} further removed` : '';
  return `${environment}: ${what}${more}${url ? `: ${url}` : ''}`;
}

function permissionFix(host: ReviewRequest['host'] | undefined, env: NodeJS.ProcessEnv): string {
  if (host === 'GitHub' || env.GITHUB_ACTIONS === 'true')
    return 'pass GITHUB_TOKEN and give the job `permissions: pull-requests: write`';
  return 'set KUBEZERO_GITLAB_TOKEN to a project access token with role Reporter and scope api';
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? 'an unknown commit';
}
