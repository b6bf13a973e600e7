import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { stringify } from 'yaml';
import { fileDigest } from '../../../charts/index.ts';
import { type ChartOptions, type ChartRoom, writeArchive } from './fixture.ts';

/** A Helm repository on this machine. */
export interface HelmRepository {
  url: string;
  /** Paths that were asked for. */
  requests: string[];
  /** Puts a chart into it, by default with the digest it has. */
  publish(name: string, version: string, options?: PublishOptions): void;
  /** Answers with this status, as often as said. */
  failOnce: { path: string; status: number; times: number }[];
  /** Called when an archive is asked for. */
  onArchive?: () => Promise<void>;
}

interface PublishOptions extends ChartOptions {
  /** What the index says; empty: nothing. */
  digest?: string;
  /** Version in the index, where the archive holds another. */
  listedAs?: string;
  absolute?: boolean;
}

/** Starts a Helm repository for each test of a file. */
export function helmRepository(room: ChartRoom): HelmRepository {
  const archives = new Map<string, Buffer>();
  const entries: Record<string, { version: string; [field: string]: unknown }[]> = {};
  const repository: HelmRepository = {
    url: '',
    requests: [],
    failOnce: [],
    publish(name, version, options = {}) {
      const listed = options.listedAs ?? version;
      const file = writeArchive(join(room.stacks, 'package.tgz'), name, version, options);
      const path = `charts/${name}-${listed}.tgz`;
      archives.set(`/${path}`, readFileSync(file));
      const digest = options.digest ?? fileDigest(file);
      const entry = {
        apiVersion: 'v2',
        name,
        version: listed,
        urls: [options.absolute ? `${repository.url}/${path}` : path],
      };
      const others = (entries[name] ?? []).filter((other) => other.version !== listed);
      entries[name] = [...others, digest ? { ...entry, digest } : entry];
    },
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    repository.requests.push(path);
    const failure = repository.failOnce.find((one) => one.path === path && one.times-- > 0);
    if (failure) return void response.writeHead(failure.status).end();
    if (path === '/index.yaml') {
      // The form that Helm gives its indexes.
      return void response.end(`apiVersion: v1\n${stringify({ entries }, { indentSeq: false })}generated: now\n`);
    }
    const archive = archives.get(path);
    if (!archive) return void response.writeHead(404).end();
    void (repository.onArchive?.() ?? Promise.resolve()).then(() => response.end(archive));
  });
  beforeEach(async () => {
    archives.clear();
    for (const name of Object.keys(entries)) delete entries[name];
    Object.assign(repository, { requests: [], failOnce: [], onArchive: undefined });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    repository.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return repository;
}
