import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { certificateExpiries, expiryWarnings, secondsLeft } from '../../../automation/access/expiry.ts';
import type { Cluster } from '../../../automation/live/kubernetes/client.ts';
import { createAuthority, issue, type KeyPair } from '../../../certificates/index.ts';

const day = 24 * 3600 * 1000;
let authority: KeyPair;
const servers: Server[] = [];
beforeAll(async () => {
  authority = await createAuthority('kubernetes');
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server whose certificate is good for so many days, on an address of this machine. */
async function serve(days: number, host: string, metrics?: string): Promise<number> {
  const options = { commonName: 'kube-apiserver', dnsNames: ['kubernetes'], usage: 'server' as const };
  const { cert, key } = await issue(authority, { ...options, validMilliseconds: days * day });
  const server = createServer({ cert, key }, (request, response) => {
    if (!metrics || !request.url?.endsWith('/proxy/metrics')) response.writeHead(503);
    response.end(metrics);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

interface World {
  port: number;
  addresses?: string[];
  /** Ports of the nodes' kubelets. */
  kubelets?: Record<string, number>;
}

function cluster({ port, addresses = [], kubelets = {} }: World): Cluster {
  const config = new KubeConfig();
  const server = `https://127.0.0.1:${port}`;
  config.loadFromClusterAndUser(
    {
      name: 'demo',
      server,
      tlsServerName: 'kubernetes',
      caData: Buffer.from(authority.cert).toString('base64'),
    } as never,
    { name: 'demo' },
  );
  const subsets = [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ port }] }];
  const items = Object.entries(kubelets).map(([name, Port]) => ({
    metadata: { name },
    status: { daemonEndpoints: { kubeletEndpoint: { Port } } },
  }));
  const core = { readNamespacedEndpoints: async () => ({ subsets }), listNode: async () => ({ items }) };
  return { context: 'demo', server, config, core } as unknown as Cluster;
}

describe('when certificates expire', () => {
  it('is asked of every API server; below 60 days it is a warning', async () => {
    const port = await serve(59.5, '127.0.0.1');
    const found = await certificateExpiries(cluster({ port, addresses: ['127.0.0.1', '127.0.0.2'] }));
    expect(found).toEqual([
      { of: 'authority', where: 'demo', expires: expect.any(String), days: 3649 },
      { of: 'API server', where: `127.0.0.1:${port}`, expires: expect.any(String), days: 59, warning: true },
      { of: 'API server', where: `127.0.0.2:${port}`, error: expect.stringContaining('ECONNREFUSED') },
    ]);
    expect(expiryWarnings(found)).toEqual([
      expect.stringMatching(
        `^certificate of API server 127.0.0.1:${port} expires in 59 days, on 20\\d\\d-\\d\\d-\\d\\d$`,
      ),
    ]);
  });

  it('is asked of the one that the kubeconfig leads to, where the others are out of reach', async () => {
    const port = await serve(200, '127.0.0.1');
    const found = await certificateExpiries(cluster({ port, addresses: ['127.0.0.3'] }));
    expect(found.slice(1)).toEqual([
      { of: 'API server', where: `127.0.0.1:${port}`, expires: expect.any(String), days: 199 },
    ]);
  });

  it('is asked of kubelets that serve, through the API', async () => {
    const metrics = `# TYPE kubelet_certificate_manager_client_ttl_seconds gauge\nkubelet_certificate_manager_client_ttl_seconds -172800\n`;
    const port = await serve(200, '127.0.0.1', metrics);
    const found = await certificateExpiries(cluster({ port, kubelets: { a: 10250, simulated: 0 } }));
    expect(found.slice(2)).toEqual([
      { of: 'kubelet', where: 'a', expires: expect.any(String), days: expect.any(Number), warning: true },
    ]);
    expect(expiryWarnings(found)).toEqual([expect.stringMatching('certificate of kubelet a has expired on ')]);
  });

  it('isn’t known of a kubelet that can’t be asked, which is said', async () => {
    const port = await serve(200, '127.0.0.1');
    const found = await certificateExpiries(cluster({ port, kubelets: { a: 10250 } }));
    expect(found.slice(2)).toEqual([{ of: 'kubelet', where: 'a', error: 'HTTP 503' }]);
    expect(expiryWarnings(found)).toEqual([]);
  });
});

describe('a kubelet’s metrics', () => {
  it.each([
    ['kubelet_certificate_manager_client_ttl_seconds 3.1e+07', 31_000_000],
    ['kubelet_certificate_manager_client_ttl_seconds +Inf', undefined],
    ['kubelet_node_name{node="a"} 1', undefined],
  ])('%s', (line, seconds) => {
    expect(secondsLeft(`# HELP x\n${line}\n`)).toBe(seconds);
  });
});
