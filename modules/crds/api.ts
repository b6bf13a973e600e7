import { type RequestOptions, request } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesObject } from '../definition.ts';

/** An answer of the API server other than what was asked for. */
export class ApiRefusal extends Error {
  readonly status: number;
  /** Of the answer's Status object: `NotFound`, `Conflict`; absent where it isn't one. */
  readonly reason?: string;
  /** Whether it is about that object, rather than about the path. */
  readonly aboutObject: boolean;

  constructor(status: number, body: string) {
    const { message, reason, details } = statusOf(body);
    super(message ?? `HTTP ${status} ${body.slice(0, 200)}`.trim());
    this.status = status;
    this.reason = reason;
    this.aboutObject = details?.name !== undefined;
  }
}

interface Status {
  message?: string;
  reason?: string;
  details?: { name?: string };
}

function statusOf(body: string): Status {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

/** A CustomResourceDefinition that a cluster has. */
export interface LiveCrd extends KubernetesObject {
  metadata: KubernetesObject['metadata'] & {
    uid: string;
  };
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

/** How long one request may take. */
const requestLimit = 60_000;

/** Errors after which the same request is sent again: nothing of it can have been refused for a reason that stays. */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
const tries = 6;

/** What the CRDs' provider asks of an API server, on one kube context. */
export class CrdApi {
  readonly #config: KubeConfig;
  readonly #signal: AbortSignal;

  constructor(config: KubeConfig, signal: AbortSignal) {
    this.#config = config;
    this.#signal = signal;
  }

  /**
   * @returns undefined where the API server says that there is no such definition
   * @throws ApiRefusal also where it doesn't serve the API version
   */
  async find(apiVersion: string, name: string): Promise<LiveCrd | undefined> {
    try {
      return await this.#ask('GET', apiVersion, name);
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404 && error.aboutObject) return undefined;
      throw error;
    }
  }

  /** Server-side apply: creates it, or changes exactly the fields that differ. What is declared wins over other managers. */
  async apply(crd: KubernetesObject, { manager, dryRun }: { manager: string; dryRun: boolean }): Promise<LiveCrd> {
    const query = new URLSearchParams({ fieldManager: manager, force: 'true', ...(dryRun ? { dryRun: 'All' } : {}) });
    const path = `${crd.metadata.name}?${query}`;
    return this.#ask('PATCH', crd.apiVersion, path, { type: 'application/apply-patch+yaml', body: crd });
  }

  /** Deletes that very object, not another one of its name. */
  async delete(apiVersion: string, name: string, uid: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    await this.#ask('DELETE', apiVersion, name, { type: 'application/json', body });
  }

  async #ask(method: string, apiVersion: string, path: string, content?: { type: string; body: object }) {
    const text = content && JSON.stringify(content.body);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return JSON.parse(
          await this.#send(method, `/apis/${apiVersion}/customresourcedefinitions/${path}`, content?.type, text),
        );
      } catch (error) {
        this.#signal.throwIfAborted();
        if (attempt >= tries || !mayPass(error))
          throw error instanceof ApiRefusal ? error : this.#unanswered(method, path, error);
        await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt * (0.5 + Math.random())));
      }
    }
  }

  /** No answer at all: Node's own errors say neither what was asked nor of whom, and some have no text. */
  #unanswered(method: string, path: string, cause: unknown): Error {
    const { code, message, errors = [] } = cause as NodeJS.ErrnoException & { errors?: Error[] };
    const reason = message || code || errors.map((error) => error.message).join(', ') || String(cause);
    const { server } = this.#config.getCurrentCluster() ?? {};
    const what = `${method} CustomResourceDefinition ${path.split('?')[0]}`;
    return new Error(`${what}: the API server at ${server} doesn't answer: ${reason}`, { cause });
  }

  async #send(method: string, path: string, type?: string, body?: string): Promise<string> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(requestLimit)]);
    const options: RequestOptions = { method, signal, headers: { Accept: 'application/json' } };
    await this.#config.applyToHTTPSOptions(options);
    if (body !== undefined)
      options.headers = { ...options.headers, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) };
    const { server = '' } = this.#config.getCurrentCluster() ?? {};
    return new Promise((resolve, reject) => {
      const sent = request(new URL(`${server.replace(/\/$/, '')}${path}`), options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) resolve(text);
          else reject(new ApiRefusal(statusCode, text));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status === 429 || error.status === 503 || error.status === 504;
  const { name, code = '', errors = [] } = error as NodeJS.ErrnoException & { errors?: Error[] };
  return name === 'TimeoutError' || passing.has(code) || (errors.length > 0 && errors.every(mayPass));
}
