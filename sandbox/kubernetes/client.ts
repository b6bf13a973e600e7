import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';

/** How the daemon reaches its own cluster: always through the API address, as everyone else does. */
export interface ClusterAccess {
  host: string;
  port: number;
  /** Name in the API servers' certificate. */
  serverName: string;
  ca: string;
  cert: string;
  key: string;
}

/** Any object of the API, as JSON. */
export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
    [field: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: objects of any kind; their shapes are the API's
  [field: string]: any;
}

/** An answer of the API with a status of 400 or more. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(`${status} ${message}`);
    this.name = 'ApiError';
  }
}

export type PatchKind = 'merge-patch' | 'strategic-merge-patch' | 'json-patch';

/**
 * A client of the Kubernetes API for the daemon's own use: raw paths and plain JSON objects, because most of what it
 * touches are custom resources and status subresources. One connection pool, ECONNREFUSED and 5xx are the caller's.
 */
export class KubeClient {
  private agent: Agent;

  constructor(private access: ClusterAccess) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 12 });
  }

  private options(method: string, path: string, headers: Record<string, string>): RequestOptions {
    const { host, port, serverName, ca, cert, key } = this.access;
    return { method, path, host, port, servername: serverName, ca, cert, key, headers, agent: this.agent };
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of any kind
  async send<T = any>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    // The OIDC documents have media types of their own.
    const headers: Record<string, string> = { accept: 'application/json, */*' };
    if (payload) Object.assign(headers, { 'content-type': contentType, 'content-length': String(payload.length) });
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request({ ...this.options(method, path, headers), timeout: 15_000 }, (response) => {
        collect(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      });
      outgoing.once('error', reject);
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)));
      outgoing.end(payload);
    });
    if (status >= 400) throw new ApiError(status, messageOf(text));
    return (text ? JSON.parse(text) : undefined) as T;
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of any kind
  get<T = any>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  create(path: string, object: unknown): Promise<ApiObject> {
    return this.send('POST', path, object);
  }

  patch(path: string, body: unknown, kind: PatchKind = 'merge-patch'): Promise<ApiObject> {
    return this.send('PATCH', path, body, `application/${kind}+json`);
  }

  delete(path: string, body?: unknown): Promise<unknown> {
    return this.send('DELETE', path, body);
  }

  /** The object, or undefined where there is none. */
  async find(path: string): Promise<ApiObject | undefined> {
    try {
      return await this.get<ApiObject>(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Creates the object unless it is there. */
  async ensure(path: string, object: ApiObject): Promise<void> {
    try {
      // Not create-and-see: each refused Service has an address allocated and given back, which fills etcd.
      if (await this.find(`${path}/${object.metadata.name}`)) return;
      await this.create(path, object);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }

  /** Opens a stream and calls `onLine` for each line of it until it ends, whoever ends it. */
  async stream(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const { host, port, serverName, ca, cert, key } = this.access;
    await new Promise<void>((resolve, reject) => {
      // A connection of its own: a watch ends with the API server it is on, and must not hold up others.
      const outgoing = request(
        { method: 'GET', path, host, port, servername: serverName, ca, cert, key, agent: false, signal },
        (response) => {
          if ((response.statusCode ?? 0) >= 400) {
            collect(response).then((text) => reject(new ApiError(response.statusCode ?? 0, messageOf(text))), reject);
            return;
          }
          let rest = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            const lines = (rest + chunk).split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) if (line) onLine(line);
          });
          response.once('error', reject);
          response.once('close', resolve);
        },
      );
      outgoing.once('error', reject);
      outgoing.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

async function collect(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

function messageOf(text: string): string {
  try {
    return JSON.parse(text).message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
