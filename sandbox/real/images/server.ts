import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiObject } from '../../kubernetes/client.ts';
import { containerBehaviour } from '../runtime/behaviour.ts';
import type { ImageSources } from './contents.ts';
import { type Document, type Image, makeImage, mediaTypes } from './image.ts';
import { LayerStore } from './layers.ts';
import { type ImageName, imageOf } from './names.ts';

export interface ImageServerOptions {
  /** Address that the machines reach, e.g. the host's end of their network. */
  host: string;
  /** Any free one unless told. */
  port?: number;
  /** Where layers are kept between runs, e.g. `<cache>/images`. */
  directory: string;
  sources: ImageSources;
  /** The pod as the cluster has it; undefined: there is none. Where the cluster doesn't answer, what it said before counts. */
  pod(namespace: string, name: string): Promise<ApiObject | undefined>;
  log(line: string): void;
}

export interface ImageServer {
  /** What machines are told: `http://<host>:<port>`. */
  url: string;
  close(): Promise<void>;
}

/** What is answered: nothing is read from the machines but what they ask. */
interface Answer {
  status: number;
  headers?: Record<string, string | number>;
  /** Left out where only the head is asked for. */
  body?: Buffer | { file: string };
}

/**
 * Serves every image that a machine asks for, as a registry without one: read-only, over HTTP, under all names. Beside it, at
 * /containers/<namespace>/<pod>/<container>, how the stand-in of that container behaves.
 */
export async function startImageServer(options: ImageServerOptions): Promise<ImageServer> {
  const registry = new Registry(options);
  const server = createServer((request, response) => {
    answer(request, registry, options)
      .catch((error: Error): Answer => {
        options.log(`${request.url}: ${error.message}`);
        return failure(500, 'UNKNOWN', error.message);
      })
      .then((answered) => send(request, response, answered));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, registry: Registry, options: ImageServerOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return failure(405, 'UNSUPPORTED', 'this registry is only read');
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry');
  if (pathname === '/v2/' || pathname === '/v2') return { status: 200, body: Buffer.from('{}') };
  const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
  if (kind === 'blobs') return registry.blob(reference);
  // A mirror is told which registry it stands for; cri-o has it in the name instead.
  if (kind === 'manifests') return registry.manifest(imageName(searchParams.get('ns'), repository, reference));
  const [, ...container] = /^\/containers\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname)?.map(decodeURIComponent) ?? [];
  if (container.length > 0) return behaviour(container, searchParams.get('uid') ?? '', options, registry.pods);
  return failure(404, 'NOT_FOUND', `nothing at ${pathname}`);
}

/** Splits a name where the registry isn't said apart from it: its first part counts where it looks like a host. */
export function imageName(namespace: string | null, repository: string, reference: string): ImageName {
  if (namespace) return { registry: namespace, repository, reference };
  const [first = '', ...rest] = repository.split('/');
  return rest.length > 0 && /[.:]/.test(first)
    ? { registry: first, repository: rest.join('/'), reference }
    : { registry: 'docker.io', repository, reference };
}

async function behaviour(
  [namespace = '', name = '', container = '']: string[],
  uid: string,
  options: ImageServerOptions,
  seen: Map<string, ApiObject>,
): Promise<Answer> {
  const key = `${namespace}/${name}/${uid}`;
  const pod = await options.pod(namespace, name).catch((error: Error) => {
    // A kubelet starts a container of a pod that it has again, whether or not there is an API server.
    const before = seen.get(key);
    if (!before) throw error;
    return before;
  });
  // One of the same name that was deleted meanwhile may have looked different.
  const known = pod && (!uid || !pod.metadata.uid || pod.metadata.uid === uid);
  if (!known) return failure(404, 'UNKNOWN', `no pod ${namespace}/${name}${uid ? ` with uid ${uid}` : ''}`);
  seen.set(key, pod);
  return json({ status: 200 }, containerBehaviour(pod, container));
}

class Registry {
  /** Pods that were asked for. */
  readonly pods = new Map<string, ApiObject>();
  private images = new Map<string, Promise<Image>>();
  private documents = new Map<string, Document>();
  private store: LayerStore;

  constructor(private options: ImageServerOptions) {
    this.store = new LayerStore(options.directory);
  }

  async manifest(name: ImageName): Promise<Answer> {
    const known = this.documents.get(name.reference);
    if (known) return served(known, mediaTypes.manifest);
    const kind = imageOf(name);
    if (!kind) return failure(404, 'MANIFEST_UNKNOWN', `no image ${name.repository}:${name.reference}`);
    const key = `${name.registry}/${name.repository}:${name.reference}`;
    let making = this.images.get(key);
    if (!making) {
      making = makeImage(kind, name, this.options.sources, this.store);
      this.images.set(key, making);
      making.catch(() => this.images.delete(key));
      this.options.log(`${key}: ${kind.kind}`);
    }
    const { manifest, config } = await making;
    for (const document of [manifest, config]) this.documents.set(document.digest, document);
    return served(manifest, mediaTypes.manifest);
  }

  async blob(digest: string): Promise<Answer> {
    const known = this.documents.get(digest);
    if (known) return served(known, mediaTypes.config);
    for (const making of this.images.values()) {
      const layer = (await making.catch(() => undefined))?.layers.find((candidate) => candidate.digest === digest);
      if (layer) {
        const headers = { 'content-type': 'application/octet-stream', 'content-length': layer.size };
        return {
          status: 200,
          headers: { ...headers, ...digestHeader(digest) },
          body: { file: this.store.file(digest) },
        };
      }
    }
    return failure(404, 'BLOB_UNKNOWN', `no blob ${digest}`);
  }
}

function served({ content, digest }: Document, type: string): Answer {
  return { status: 200, headers: { 'content-type': type, ...digestHeader(digest) }, body: content };
}

function digestHeader(digest: string): Record<string, string> {
  return { 'docker-content-digest': digest };
}

function failure(status: number, code: string, message: string): Answer {
  return json({ status }, { errors: [{ code, message }] });
}

function json(answer: Answer, value: unknown): Answer {
  return {
    ...answer,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const length = Buffer.isBuffer(body) ? { 'content-length': body.length } : {};
  response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0', ...length, ...headers });
  if (method === 'HEAD' || !body) response.end();
  else if (Buffer.isBuffer(body)) response.end(body);
  else {
    const file = createReadStream(body.file, { highWaterMark: 1 << 20 });
    file.on('error', () => response.destroy());
    // A machine that ends in the middle of a pull leaves the file open otherwise.
    response.on('close', () => file.destroy());
    file.pipe(response);
  }
}
