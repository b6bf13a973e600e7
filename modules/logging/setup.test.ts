import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { setupScript } from './setup.ts';

/** What an Elasticsearch and Kibana have, and what was asked of them. */
interface Backend {
  pipelines: string[];
  templates: string[];
  indexPatterns: string[];
  /** Answers before they are up. */
  starting: number;
  created: { path: string; body: unknown }[];
}

describe('the setup of Elasticsearch', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function run(given: Partial<Backend> = {}): Promise<Backend & { status: number | null }> {
    const backend: Backend = { pipelines: [], templates: [], indexPatterns: [], starting: 0, created: [], ...given };
    server = createServer((request, response) => {
      const path = request.url!.split('?')[0]!;
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const [code, answer] = answered(backend, request.method!, path, body);
        response.writeHead(code).end(answer);
      });
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = setupScript({ elasticsearch: url, kibana: url, nodes: 2, pause: 0.01 });
    const child = spawn('sh', ['-c', script], { env: { ...process.env, ELASTIC_PASSWORD: 'x' }, stdio: 'ignore' });
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { ...backend, status };
  }

  function answered(backend: Backend, method: string, path: string, body: string): [number, string] {
    if (method !== 'GET') {
      backend.created.push({ path, body: JSON.parse(body) });
      return [200, '{}'];
    }
    if (path === '/_cluster/health' && backend.starting > 0) {
      backend.starting--;
      return [503, '{}'];
    }
    if (path.startsWith('/_ingest/pipeline/')) return [backend.pipelines.length > 0 ? 200 : 404, '{}'];
    if (path === '/_cat/templates') return [200, backend.templates.map((pattern) => `[${pattern}]\n`).join('')];
    if (path.endsWith('/_find')) {
      const saved = backend.indexPatterns.map((title) => ({ attributes: { title } }));
      return [200, JSON.stringify({ saved_objects: saved })];
    }
    return [200, '{}'];
  }

  it('creates the pipeline that fluentd names, a template and an index pattern, once Elasticsearch is up', async () => {
    const { status, created, starting } = await run({
      starting: 3,
      templates: ['.monitoring-logstash-7-*', 'logs-*-*'],
    });
    expect(status).toBe(0);
    expect(starting).toBe(0);
    expect(created.map(({ path }) => path)).toEqual([
      '/_ingest/pipeline/fluentd',
      '/_index_template/logstash',
      '/api/saved_objects/index-pattern/logstash',
    ]);
    expect(created[1]!.body).toMatchObject({
      index_patterns: ['logstash-*'],
      template: { settings: { number_of_replicas: 1 } },
    });
  });

  it('leaves what is there as it is, whoever made it', async () => {
    const { status, created } = await run({
      pipelines: ['fluentd'],
      templates: ['logs-*-*', 'logstash-demo-*'],
      indexPatterns: ['logstash-*'],
    });
    expect({ status, created }).toEqual({ status: 0, created: [] });
  });
});
