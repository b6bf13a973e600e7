import { readFileSync } from 'node:fs';
import { exitCode, UserError } from '../../../errors/index.ts';
import { proxiedFetch } from './fetch.ts';
import { type Comment, NotAllowed, type ReviewRequest } from './host.ts';

/** What is read of the event that started a GitHub Actions run. */
interface GitHubEvent {
  number?: number;
  pull_request?: { number: number; head: { sha: string; repo: { full_name: string } | null } };
  /** Of a comment on a pull request. */
  issue?: { number: number; pull_request?: object };
}

export interface GitHubOptions {
  env: NodeJS.ProcessEnv;
  /** Instead of the event's. */
  request?: number;
  /** Instead of the event's. */
  commit?: string;
  signal: AbortSignal;
  warn(line: string): void;
}

/**
 * The pull request that this GitHub Actions run is for; undefined where it is for none (a push, a schedule).
 * Reads `GITHUB_EVENT_PATH`, `GITHUB_REPOSITORY`, `GITHUB_API_URL` and `GITHUB_TOKEN`.
 *
 * Its methods throw NotAllowed where there is no token or it may not, UserError where GitHub keeps failing.
 */
export function githubRequest(options: GitHubOptions): ReviewRequest | undefined {
  const { env } = options;
  const event = readEvent(env.GITHUB_EVENT_PATH);
  const pull = event.pull_request;
  const number = options.request ?? pull?.number ?? (event.issue?.pull_request ? event.issue.number : undefined);
  if (number === undefined) return undefined;
  const [owner, repo] = (env.GITHUB_REPOSITORY ?? '').split('/');
  if (!owner || !repo)
    throw new UserError('GITHUB_REPOSITORY is not set', {
      fix: 'run this in GitHub Actions, or set it to <owner>/<name>',
    });

  const place = { owner, repo };
  const asked = <T>(answer: Promise<T>) => answer.catch((error) => refused(error, options.signal));
  let opened: Promise<Client> | undefined;
  const open = () => {
    opened ??= client(options);
    return opened;
  };
  return {
    host: 'GitHub',
    name: `pull request ${owner}/${repo}#${number}`,
    limit: 65_536,
    commit: options.commit ?? pull?.head.sha,
    runUrl: env.GITHUB_RUN_ID && `${env.GITHUB_SERVER_URL}/${owner}/${repo}/actions/runs/${env.GITHUB_RUN_ID}`,
    withoutSecrets:
      (pull !== undefined && pull.head.repo?.full_name !== `${owner}/${repo}`) ||
      env.GITHUB_ACTOR === 'dependabot[bot]',
    async head() {
      const octokit = await open();
      const { data } = await asked(
        octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...place, pull_number: number }),
      );
      return data.head.sha;
    },
    async comments() {
      const octokit = await open();
      const login = await ownLogin(octokit);
      const all = await asked(
        octokit.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...place,
          issue_number: number,
          per_page: 100,
        }),
      );
      const isOurs = ({ user }: Listed) => (login ? bare(user?.login) === bare(login) : user?.type === 'Bot');
      return all.filter(isOurs).map(comment);
    },
    async create(body) {
      const octokit = await open();
      const path = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      return comment((await asked(octokit.request(path, { ...place, issue_number: number, body }))).data);
    },
    async update(id, body) {
      const octokit = await open();
      const path = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      return comment((await asked(octokit.request(path, { ...place, comment_id: id, body }))).data);
    },
    async remove(id) {
      const octokit = await open();
      const path = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}';
      await asked(octokit.request(path, { ...place, comment_id: id }));
    },
  };
}

interface Listed {
  id: number;
  body?: string | undefined;
  html_url: string;
  user: { login: string; type: string } | null;
}

function comment({ id, body, html_url }: Pick<Listed, 'id' | 'body' | 'html_url'>): Comment {
  return { id, body: body ?? '', url: html_url };
}

function readEvent(path: string | undefined): GitHubEvent {
  if (!path) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as GitHubEvent;
  } catch (cause) {
    throw new UserError(`can't read the event of this run: ${(cause as Error).message}`, {
      where: 'GITHUB_EVENT_PATH',
      fix: 'run this in GitHub Actions, or name the pull request with --request',
      cause,
    });
  }
}

type Client = Awaited<ReturnType<typeof client>>;

async function client({ env, signal, warn }: GitHubOptions) {
  const token = env.GITHUB_TOKEN;
  if (!token) throw new NotAllowed('there is no token: GITHUB_TOKEN is not set');
  const [{ Octokit }, { paginateRest }, { retry }, { throttling }] = await Promise.all([
    import('@octokit/core'),
    import('@octokit/plugin-paginate-rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const nothing = () => undefined;
  const wait = (seconds: number, _options: object, _octokit: unknown, before: number) => {
    warn(`GitHub asks to wait for ${seconds} s`);
    return before < 2 && seconds <= 120;
  };
  return new (Octokit.plugin(paginateRest, retry, throttling))({
    auth: token,
    baseUrl: env.GITHUB_API_URL || 'https://api.github.com',
    userAgent: 'kubezero',
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    request: { fetch: proxiedFetch({ env, signal }) },
    throttle: { onRateLimit: wait, onSecondaryRateLimit: wait },
  });
}

/** Who the token is; undefined where it may not ask. The token of a workflow may ask only GraphQL. */
async function ownLogin(octokit: Client): Promise<string | undefined> {
  try {
    const { viewer } = await octokit.graphql<{ viewer: { login: string } }>('{ viewer { login } }');
    return viewer.login;
  } catch {
    return undefined;
  }
}

/** REST says `github-actions[bot]` where GraphQL says, depending on whom it asks about, `github-actions`. */
function bare(login: string | undefined): string | undefined {
  return login?.replace(/\[bot\]$/, '');
}

/** Turns a refusal of GitHub's into what the pipeline's owner can do about it. */
function refused(error: Error & { status?: number }, signal: AbortSignal): never {
  signal.throwIfAborted();
  const { status, message } = error;
  if (status === undefined) throw error;
  if (status === 401 || status === 403) throw new NotAllowed(`GitHub refused (${status}): ${message}`);
  throw new UserError(`GitHub answered with ${status}: ${message}`, {
    fix: status === 404 ? 'check that the token may read this repository and its pull requests' : 'run the job again',
    exitCode: exitCode.blocked,
    cause: error,
  });
}
