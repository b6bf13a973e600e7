import { exitCode, UserError } from '../../../errors/index.ts';
import { proxiedFetch } from './fetch.ts';
import { type Comment, NotAllowed, type ReviewRequest } from './host.ts';

export interface GitLabOptions {
  env: NodeJS.ProcessEnv;
  /** Instead of the pipeline's. */
  request?: number;
  /** Instead of the pipeline's. */
  commit?: string;
  signal: AbortSignal;
}

/**
 * The merge request that this GitLab pipeline is for; undefined where it is for none. Reads `CI_API_V4_URL`,
 * `CI_MERGE_REQUEST_PROJECT_ID` (else `CI_PROJECT_ID`), `CI_MERGE_REQUEST_IID` and a token, `KUBEZERO_GITLAB_TOKEN` or
 * `GITLAB_TOKEN`: a job's own (`CI_JOB_TOKEN`) may not write notes.
 *
 * Its methods throw NotAllowed where there is no token or it may not, UserError where GitLab keeps failing.
 */
export function gitlabRequest({ env, signal, ...given }: GitLabOptions): ReviewRequest | undefined {
  const iid = given.request ?? env.CI_MERGE_REQUEST_IID;
  if (iid === undefined || iid === '') return undefined;
  // In a fork's pipeline CI_PROJECT_ID is the fork.
  const project = env.CI_MERGE_REQUEST_PROJECT_ID || env.CI_PROJECT_ID;
  if (!env.CI_API_V4_URL || !project)
    throw new UserError('CI_API_V4_URL or CI_PROJECT_ID is not set', {
      fix: 'run this in a GitLab pipeline, or set them',
    });
  const source = env.CI_MERGE_REQUEST_SOURCE_PROJECT_ID;
  const withoutSecrets = source !== undefined && source !== project;
  const token = env.KUBEZERO_GITLAB_TOKEN || env.GITLAB_TOKEN;
  const api = requester(`${env.CI_API_V4_URL}/projects/${encodeURIComponent(project)}`, {
    env,
    token,
    withoutSecrets,
    signal,
  });
  const url = env.CI_MERGE_REQUEST_PROJECT_URL && `${env.CI_MERGE_REQUEST_PROJECT_URL}/-/merge_requests/${iid}`;
  const seen = ({ id, body }: Note): Comment => ({ id, body, ...(url ? { url: `${url}#note_${id}` } : {}) });
  const path = `/merge_requests/${iid}`;
  return {
    host: 'GitLab',
    name: `merge request ${env.CI_MERGE_REQUEST_PROJECT_PATH ?? project}!${iid}`,
    limit: 1_000_000,
    // In a pipeline of the merged result, CI_COMMIT_SHA is a commit nobody pushed.
    commit: given.commit ?? (env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA || env.CI_COMMIT_SHA),
    runUrl: env.CI_JOB_URL,
    withoutSecrets,
    head: async () => (await api<{ sha: string }>('GET', path)).body.sha,
    async comments() {
      const own = await ownId(env.CI_API_V4_URL as string, { env, token, withoutSecrets, signal });
      const found: Note[] = [];
      for (let page = '1'; page; ) {
        const answer = await api<Note[]>('GET', `${path}/notes?sort=asc&order_by=created_at&per_page=100&page=${page}`);
        found.push(...answer.body);
        page = answer.nextPage;
      }
      return found.filter(({ system, author }) => !system && (own === undefined || author.id === own)).map(seen);
    },
    create: async (body) => seen((await api<Note>('POST', `${path}/notes`, { body })).body),
    update: async (id, body) => seen((await api<Note>('PUT', `${path}/notes/${id}`, { body })).body),
    async remove(id) {
      await api('DELETE', `${path}/notes/${id}`);
    },
  };
}

interface Note {
  id: number;
  body: string;
  /** GitLab's own, e.g. "added 1 commit". */
  system: boolean;
  author: { id: number };
}

interface Access {
  env: NodeJS.ProcessEnv;
  token: string | undefined;
  withoutSecrets: boolean;
  signal: AbortSignal;
}

type Request = <T>(method: string, path: string, content?: object) => Promise<{ body: T; nextPage: string }>;

function requester(base: string, { env, token, signal }: Access): Request {
  const fetch = proxiedFetch({ env, retries: 3, signal });
  return async (method, path, content) => {
    if (!token) throw new NotAllowed('there is no token: neither KUBEZERO_GITLAB_TOKEN nor GITLAB_TOKEN is set');
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { 'private-token': token, ...(content ? { 'content-type': 'application/json' } : {}) },
      ...(content ? { body: JSON.stringify(content) } : {}),
    }).catch((cause: Error) => {
      signal.throwIfAborted();
      throw refusal(`GitLab can't be reached: ${reasonOf(cause)}`, cause);
    });
    const text = await response.text();
    if (response.status === 401 || response.status === 403)
      throw new NotAllowed(`GitLab refused (${response.status}): ${text.slice(0, 200)}`);
    if (!response.ok) throw refusal(`GitLab answered with ${response.status}: ${text.slice(0, 200)}`);
    return { body: text ? JSON.parse(text) : undefined, nextPage: response.headers.get('x-next-page') ?? '' };
  };
}

/** Who the token is; undefined where it may not ask. */
async function ownId(base: string, access: Access): Promise<number | undefined> {
  try {
    return (await requester(base, access)<{ id: number }>('GET', '/user')).body.id;
  } catch (error) {
    if (error instanceof NotAllowed) return undefined;
    throw error;
  }
}

function refusal(message: string, cause?: Error): UserError {
  return new UserError(message, { fix: 'run the job again', exitCode: exitCode.blocked, cause });
}

/** What went wrong with a request that got no answer to be used; `fetch failed` alone tells nobody. */
function reasonOf(error: Error & { statusCode?: number }): string {
  const cause = error.cause as (Error & { statusCode?: number }) | undefined;
  if (cause) return reasonOf(cause);
  return error.statusCode ? `it kept answering with ${error.statusCode}` : error.message;
}
