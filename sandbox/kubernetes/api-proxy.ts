import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The API address: a TCP proxy to healthy API servers only, as the external-dns record of a real cluster holds the
 * addresses of healthy controllers only. A new connection goes to the next healthy one; connections to one that became
 * unhealthy are cut, so that clients connect again.
 */
export class ApiProxy {
  private server: Server;
  private targets = new Map<string, Set<Socket>>();
  private next = 0;
  /** Told when connections to an API server were cut. */
  onCut?: () => void;

  private constructor() {
    this.server = createServer((client) => this.forward(client));
  }

  /**
   * Listens on the address, which also claims it: no two sandboxes get the same one, and a dead one lets go of it.
   * @throws where the address is taken (EADDRINUSE).
   */
  static async listen(host: string, port: number): Promise<ApiProxy> {
    const proxy = new ApiProxy();
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject);
      proxy.server.listen(port, host, resolve);
    });
    return proxy;
  }

  get healthy(): string[] {
    return [...this.targets.keys()];
  }

  /** @param address host of an API server that answers on port 6443. */
  add(address: string): void {
    if (!this.targets.has(address)) this.targets.set(address, new Set());
  }

  remove(address: string): void {
    const sockets = this.targets.get(address);
    this.targets.delete(address);
    for (const socket of sockets ?? []) socket.destroy();
    if (sockets?.size) this.onCut?.();
  }

  private forward(client: Socket): void {
    client.on('error', () => undefined);
    const addresses = this.healthy;
    const address = addresses[this.next++ % Math.max(addresses.length, 1)];
    const sockets = address && this.targets.get(address);
    if (!address || !sockets) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: address, port: 6443, noDelay: true });
    client.setNoDelay(true);
    sockets.add(client);
    client.pipe(upstream).pipe(client);
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      sockets.delete(client);
      upstream.destroy();
    });
  }

  async close(): Promise<void> {
    for (const address of this.healthy) this.remove(address);
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
