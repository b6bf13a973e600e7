import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { stringify } from 'yaml';
import { issue, type KeyPair } from '../../certificates/index.ts';
import type { ApiObject } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { isPodReady, podMatches } from '../kubernetes/readiness.ts';
import { answerAggregated } from './aggregated-api.ts';
import { answerReview } from './reviews.ts';

/**
 * Configuration that makes an API server send its calls to services of the cluster (webhooks, aggregated APIs) through a
 * proxy of ours, since no pod network is there.
 */
export function writeEgressConfiguration(file: string, socketPath: string): void {
  const configuration = {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [
      {
        name: 'cluster',
        connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: socketPath } } },
      },
    ],
  };
  writeFileSync(file, stringify(configuration));
}

/** Whether a service has a pod that serves. */
export function isServed(service: ApiObject, { pods }: Pick<ClusterView, 'pods'>): boolean {
  const labels = service.spec?.selector as Record<string, string> | undefined;
  if (!labels) return false;
  const query = { namespace: service.metadata.namespace, labels };
  return pods.values().some((pod) => podMatches(pod, query) && isPodReady(pod));
}

/**
 * Answers API servers in place of the pods behind services: admission and conversion webhooks, and aggregated APIs. Only
 * while a pod of the service is ready; otherwise the connection is refused, as it would be.
 */
export class EgressProxy {
  private contexts = new Map<string, Promise<SecureContext>>();
  private services = createHttpServer((request, response) => void this.answer(request, response));
  private proxy: Server;
  /** Set once the cluster can be seen; until then nothing serves. */
  view?: ClusterView;

  constructor(
    private socketPath: string,
    private authority: KeyPair,
    private log: (line: string) => void,
  ) {
    rmSync(socketPath, { force: true });
    this.proxy = createHttpServer();
    this.proxy.on('connect', (request, socket) => void this.connect(request, socket as Duplex));
    this.proxy.listen(socketPath);
  }

  private async connect(request: IncomingMessage, socket: Duplex): Promise<void> {
    socket.on('error', () => undefined);
    const [address = '', port = ''] = (request.url ?? '').split(':');
    const service = this.view?.services.values().find(({ spec }) => spec?.clusterIP === address);
    if (!service || !this.view || !isServed(service, this.view)) {
      const name = service ? `${service.metadata.namespace}/${service.metadata.name}` : address;
      this.log(`refused: ${name}:${port}${service ? ', no ready pod behind it' : ''}`);
      // What a dial to an address without listeners comes to, in the words of a CONNECT proxy.
      socket.end('HTTP/1.1 502 connection refused\r\n\r\n');
      return;
    }
    const context = await this.contextOf(service);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const secure = new TLSSocket(socket as ConstructorParameters<typeof TLSSocket>[0], {
      isServer: true,
      secureContext: context,
    });
    secure.on('error', () => secure.destroy());
    Object.assign(secure, { service });
    this.services.emit('connection', secure);
  }

  private contextOf({ metadata: { name, namespace } }: ApiObject): Promise<SecureContext> {
    const host = `${name}.${namespace}.svc`;
    let context = this.contexts.get(host);
    if (!context) {
      const dnsNames = [host, `${name}.${namespace}`, `${host}.cluster.local`];
      context = issue(this.authority, { commonName: host, dnsNames, usage: 'server' }).then((pair) =>
        createSecureContext(pair),
      );
      this.contexts.set(host, context);
    }
    return context;
  }

  private async answer(request: IncomingMessage, response: import('node:http').ServerResponse): Promise<void> {
    const { service } = request.socket as unknown as { service: ApiObject };
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    let body: unknown;
    try {
      const review = text ? JSON.parse(text) : undefined;
      body =
        this.view &&
        (review?.request ? answerReview(review, service, path, this.view) : answerAggregated(path, this.view));
    } catch (error) {
      this.log(`${service.metadata.name} ${path}: ${(error as Error).message}`);
    }
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
  }

  close(): void {
    this.proxy.close();
    this.proxy.closeAllConnections();
    rmSync(this.socketPath, { force: true });
  }
}
