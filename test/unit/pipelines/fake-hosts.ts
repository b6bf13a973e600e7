import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A comment as the fake hosts keep it. */
export interface StoredComment {
  id: number;
  body: string;
  author: string;
  system?: boolean;
}

/** An answer of a fake host. `undefined` as body: none. */
interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What both fakes have: a request with comments, whose API can be told to fail. */
export abstract class FakeHost {
  comments: StoredComment[] = [];
  /** Newest commit of the pull or merge request. */
  head = 'a'.repeat(40);
  /** Who the token is. */
  login = 'github-actions[bot]';
  /** May the token write? */
  writable = true;
  /** Statuses that the next requests are answered with, instead of being served. */
  failures: { status: number; headers?: Record<string, string> }[] = [];
  /** `METHOD path` of everything that was asked, with the tokens given. */
  readonly asked: string[] = [];
  readonly tokens = new Set<string>();
  #server?: Server;
  #next = 1000;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((listening) => this.#server?.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((closed) => this.#server?.close(closed));
  }

  /** Adds comments of somebody, as if they had been there for long. */
  seed(...bodies: (string | { body: string; author: string; system?: boolean })[]): StoredComment[] {
    const added = bodies.map((given) => {
      const { body, author, system } =
        typeof given === 'string' ? { body: given, author: this.login, system: false } : given;
      return { id: this.#next++, body, author, system };
    });
    this.comments.push(...added);
    return added;
  }

  /** What was asked for that changes something. */
  get writes(): string[] {
    return this.asked.filter((line) => !line.startsWith('GET') && !line.includes('graphql'));
  }

  protected abstract answer(method: string, url: URL, body: Record<string, string>): Answer;

  /** One page of comments and where the next one is. */
  protected page(url: URL): { items: StoredComment[]; page: number; last: boolean } {
    const size = Number(url.searchParams.get('per_page') ?? 30);
    const page = Number(url.searchParams.get('page') ?? 1);
    return {
      items: this.comments.slice((page - 1) * size, page * size),
      page,
      last: page * size >= this.comments.length,
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    this.asked.push(`${request.method} ${url.pathname}`);
    this.tokens.add(String(request.headers.authorization ?? request.headers['private-token'] ?? ''));
    const failure = this.failures.shift();
    const { status, body, headers } = failure
      ? { ...failure, body: { message: 'out of order' } }
      : this.answer(request.method ?? 'GET', url, text ? JSON.parse(text) : {});
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }
}

/** The parts of GitHub's API that comments on a pull request need. */
export class FakeGitHub extends FakeHost {
  /** GraphQL answers who one is, as for workflow tokens; REST's /user does not. */
  knowsViewer = true;

  protected answer(method: string, url: URL, body: Record<string, string>): Answer {
    const path = url.pathname;
    if (path === '/graphql')
      return this.knowsViewer
        ? { status: 200, body: { data: { viewer: { login: this.login } } } }
        : { status: 403, body: { message: 'Resource not accessible by integration' } };
    if (method === 'GET' && path === '/repos/acme/clusters/pulls/12')
      return { status: 200, body: { head: { sha: this.head } } };
    if (method === 'GET' && path === '/repos/acme/clusters/issues/12/comments') {
      const { items, page, last } = this.page(url);
      const next = new URL(url);
      next.searchParams.set('page', String(page + 1));
      return {
        status: 200,
        body: items.map((comment) => this.#shown(comment)),
        headers: last ? {} : { link: `<${next}>; rel="next"` },
      };
    }
    if (!this.writable) return { status: 403, body: { message: 'Resource not accessible by integration' } };
    if (method === 'POST' && path === '/repos/acme/clusters/issues/12/comments')
      return { status: 201, body: this.#shown(this.seed(body.body as string)[0] as StoredComment) };
    const one = /^\/repos\/acme\/clusters\/issues\/comments\/(\d+)$/.exec(path);
    const comment = this.comments.find(({ id }) => id === Number(one?.[1]));
    if (!comment) return { status: 404, body: { message: 'Not Found' } };
    if (method === 'PATCH') comment.body = body.body as string;
    else this.comments = this.comments.filter((other) => other !== comment);
    return method === 'PATCH' ? { status: 200, body: this.#shown(comment) } : { status: 204 };
  }

  #shown({ id, body, author }: StoredComment) {
    const type = author.endsWith('[bot]') ? 'Bot' : 'User';
    return { id, body, html_url: `https://github.test/c/${id}`, user: { login: author, type } };
  }
}

/** The parts of GitLab's API that notes on a merge request need. */
export class FakeGitLab extends FakeHost {
  override login = 'project_7_bot';

  protected answer(method: string, url: URL, body: Record<string, string>): Answer {
    const base = '/api/v4/projects/7/merge_requests/3';
    if (url.pathname === '/api/v4/user') return { status: 200, body: { id: idOf(this.login) } };
    if (method === 'GET' && url.pathname === base) return { status: 200, body: { sha: this.head } };
    if (method === 'GET' && url.pathname === `${base}/notes`) {
      const { items, page, last } = this.page(url);
      return {
        status: 200,
        body: items.map(shown),
        headers: { 'x-next-page': last ? '' : String(page + 1) },
      };
    }
    if (!this.writable) return { status: 403, body: { message: '403 Forbidden' } };
    if (method === 'POST' && url.pathname === `${base}/notes`)
      return { status: 201, body: shown(this.seed(body.body as string)[0] as StoredComment) };
    const note = this.comments.find(({ id }) => url.pathname === `${base}/notes/${id}`);
    if (!note) return { status: 404, body: { message: '404 Not found' } };
    if (method === 'PUT') note.body = body.body as string;
    else this.comments = this.comments.filter((other) => other !== note);
    return method === 'PUT' ? { status: 200, body: shown(note) } : { status: 204 };
  }
}

function shown({ id, body, author, system }: StoredComment) {
  return { id, body, system: system === true, author: { id: idOf(author) } };
}

function idOf(login: string): number {
  return [...login].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
}
