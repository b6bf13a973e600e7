import { connect, createServer, type Server, type Socket } from 'node:net';

/** Hands TCP connections on, e.g. from the address that machines know the AWS endpoint by to the one it listens at. */
export class Forwarder {
  private sockets = new Set<Socket>();
  private server: Server;

  constructor(target: () => { host: string; port: number }) {
    this.server = createServer((incoming) => {
      const outgoing = connect(target());
      for (const socket of [incoming, outgoing]) {
        this.sockets.add(socket);
        socket.setNoDelay(true);
        socket.once('close', () => this.sockets.delete(socket));
      }
      incoming.on('error', () => outgoing.destroy());
      outgoing.on('error', () => incoming.destroy());
      incoming.pipe(outgoing);
      outgoing.pipe(incoming);
    });
  }

  async listen(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, address, resolve);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
