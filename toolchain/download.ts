import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { extract } from 'tar';
import { Agent, EnvHttpProxyAgent, fetch, RetryAgent } from 'undici';
import type { ChecksumSource, ReleaseFile } from './tool.ts';

/** Hosts that could not be reached once are not tried again in the same run. */
export type UnreachableHosts = Map<string, string>;

export interface DownloadContext {
  unreachable: UnreachableHosts;
  onDetail: (detail: string) => void;
  signal?: AbortSignal;
  /** Milliseconds to establish a connection; 5000 unless told. Behind a filter that drops packets each host costs this once. */
  connectTimeout?: number;
}

/**
 * Fetches the files of an official release, verifies each against the published SHA-256 and puts the binaries into
 * `directory`. The checksum is fetched first: a file without one is not fetched at all.
 *
 * @throws Error saying why it didn't work, one sentence
 */
export async function downloadRelease(
  files: ReleaseFile[],
  directory: string,
  context: DownloadContext,
): Promise<void> {
  for (const file of files) {
    const name = basename(new URL(file.url).pathname);
    const expected = await publishedDigest(file.checksum, name, context);
    const download = join(directory, `.download-${name}`);
    await fetchTo(file.url, download, context);
    const actual = await sha256(download);
    if (actual !== expected) {
      await rm(download);
      throw new Error(`${file.url} has the SHA-256 ${actual}, but ${expected} was published for it: refused`);
    }
    if ('binary' in file.contents) {
      await rename(download, join(directory, file.contents.binary));
      await chmod(join(directory, file.contents.binary), 0o755);
    } else {
      await unpack(download, file.contents.members, directory);
      await rm(download);
    }
  }
}

async function publishedDigest(source: ChecksumSource, name: string, context: DownloadContext): Promise<string> {
  const url = 'file' in source ? source.file : source.githubRelease;
  const text = await (await request(url, context)).text();
  const digest = 'file' in source ? digestInFile(text, name) : digestInRelease(text, name);
  if (!digest) throw new Error(`no SHA-256 is published for ${name} (${url})`);
  return digest;
}

/** Reads what sha256sum writes (`<digest>  <name>`, `<digest> *<name>`), or a digest alone. */
export function digestInFile(text: string, name: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+\*?/));
  const line = lines.find(([, file]) => file && basename(file) === name) ?? lines.find((parts) => parts.length === 1);
  const digest = line?.[0]?.toLowerCase();
  return digest && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

function digestInRelease(text: string, name: string): string | undefined {
  const release = JSON.parse(text) as { assets?: { name: string; digest?: string | null }[] };
  const digest = release.assets?.find((asset) => asset.name === name)?.digest;
  return /^sha256:([0-9a-f]{64})$/.exec(digest ?? '')?.[1];
}

/**
 * Fetches a file, reporting how far it is.
 * @throws Error saying why it didn't work, one sentence
 */
export async function fetchTo(url: string, path: string, context: DownloadContext): Promise<void> {
  const response = await request(url, context);
  if (!response.body) throw new Error(`${url} is empty`);
  const total = Number(response.headers.get('content-length'));
  const body = Readable.fromWeb(response.body as unknown as ReadableStream);
  let bytes = 0;
  let said = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (Date.now() - said < 200) return;
    said = Date.now();
    context.onDetail(
      `${basename(path).replace('.download-', '')}, ${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ''} MB`,
    );
  });
  try {
    await pipeline(body, createWriteStream(path), { signal: context.signal });
  } catch (error) {
    throw new Error(`the download of ${url} broke off after ${megabytes(bytes)} MB (${reason(error)})`, {
      cause: error,
    });
  }
}

/** Answers that another attempt may better. */
const passing = [429, 500, 502, 503, 504];

/**
 * GETs a URL. What fails in passing (a connection that breaks, a busy server) is tried twice more.
 * @throws Error saying why it didn't work, one sentence
 */
export async function request(url: string, context: DownloadContext) {
  const { host } = new URL(url);
  const known = context.unreachable.get(host);
  if (known) throw new Error(known);
  context.signal?.throwIfAborted();
  const settings = {
    connect: { timeout: context.connectTimeout ?? 5000 },
    headersTimeout: 15_000,
    // A download that stands still for this long is given up.
    bodyTimeout: 30_000,
  };
  const proxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => process.env[name]);
  const dispatcher = new RetryAgent(proxied ? new EnvHttpProxyAgent(settings) : new Agent(settings), {
    maxRetries: 2,
    minTimeout: 300,
    maxTimeout: 5000,
    statusCodes: passing,
    // A host that can't be found or refuses connections won't change its mind.
    errorCodes: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'],
  });
  let response: Awaited<ReturnType<typeof fetch>>;
  try {
    response = await fetch(url, { dispatcher, signal: context.signal, headers: { 'user-agent': 'kubezero' } });
  } catch (error) {
    context.signal?.throwIfAborted();
    const { statusCode } = ((error as Error).cause ?? {}) as { statusCode?: number };
    if (statusCode) throw new Error(`${url} answered ${statusCode}, three times`, { cause: error });
    const message = `${host} can't be reached (${reason(error)})`;
    context.unreachable.set(host, message);
    throw new Error(message, { cause: error });
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${response.statusText}`.trim());
  return response;
}

async function unpack(archive: string, members: Record<string, string>, directory: string): Promise<void> {
  const unpacked = `${archive}.unpacked`;
  await mkdir(unpacked);
  const normal = (path: string) => path.replace(/^\.\//, '');
  const wanted = new Set(Object.values(members));
  await extract({ file: archive, cwd: unpacked, filter: (path) => wanted.has(normal(path)) });
  for (const [binary, member] of Object.entries(members)) {
    await rename(join(unpacked, member), join(directory, binary)).catch((error) => {
      throw new Error(`${basename(archive).replace('.download-', '')} has no ${member}`, { cause: error });
    });
    await chmod(join(directory, binary), 0o755);
  }
  await rm(unpacked, { recursive: true });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** undici says `fetch failed` and puts the reason into the cause (of the cause, where several addresses were tried). */
function reason(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error;
  const inner = cause instanceof AggregateError && cause.errors[0] ? cause.errors[0] : cause;
  return inner instanceof Error ? inner.message : String(inner);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
