import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { writeEgressConfiguration } from '../../services/egress.ts';
import type { ImageSources } from '../images/contents.ts';
import type { RootBind } from '../root/part.ts';

/** Where a machine, and an API server's container, see the directory that has the proxy's socket. */
const onMachine = '/var/lib/kubezero-sandbox/egress';
const inContainer = '/run/kubezero-sandbox-egress';
const socketName = 'egress.sock';
const configuration = 'egress.yaml';

export interface MachineEgressOptions {
  /** Made by the caller, for this alone. */
  directory: string;
  /** Socket of the proxy that answers for the pods behind services (`EgressProxy`). */
  services: string;
  /** Connects to a machine: its kubelet answers for itself. Undefined: that is no machine's address. */
  machine(address: string, port: number): Socket | undefined;
}

/**
 * What gives API servers their way to webhooks and aggregated APIs, with the pods' own manifests as they are: an argument and
 * a mount of their image's, a directory of the machine's. Kubelets are reached themselves, for logs and `exec`.
 */
export class MachineEgress {
  private server: Server = createServer();
  private open = new Set<Duplex>();

  constructor(private options: MachineEgressOptions) {
    const { directory } = options;
    writeEgressConfiguration(join(directory, configuration), `${inContainer}/${socketName}`);
    rmSync(join(directory, socketName), { force: true });
    this.server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.connect(request.url ?? '', socket, head),
    );
    this.server.listen(join(directory, socketName));
  }

  /** For the image of API servers. */
  get sources(): Pick<ImageSources, 'componentArguments' | 'componentMounts'> {
    return {
      componentArguments: { 'kube-apiserver': [`--egress-selector-config-file=${inContainer}/${configuration}`] },
      componentMounts: { 'kube-apiserver': [{ source: onMachine, destination: inContainer }] },
    };
  }

  /** For machines with API servers. */
  get bind(): RootBind {
    return { here: this.options.directory, there: onMachine, mode: 'rw' };
  }

  close(): void {
    for (const socket of this.open) socket.destroy();
    this.server.close();
  }

  private connect(target: string, incoming: Duplex, head: Buffer): void {
    const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(target) ?? [];
    const machine = this.options.machine(address, Number(port));
    const outgoing = machine ?? connect(this.options.services);
    let answered = false;
    outgoing.once('connect', () => {
      answered = true;
      if (machine) incoming.write('HTTP/1.1 200 OK\r\n\r\n');
      else outgoing.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      if (head.length > 0) outgoing.write(head);
      incoming.pipe(outgoing);
      outgoing.pipe(incoming);
    });
    outgoing.once('error', ({ message }) => {
      // In the words of a CONNECT proxy; an established connection is cut.
      if (answered) incoming.destroy();
      else incoming.end(`HTTP/1.1 502 ${message.replaceAll(/[\r\n]/g, ' ')}\r\n\r\n`);
    });
    incoming.once('error', () => outgoing.destroy());
    incoming.once('close', () => outgoing.destroy());
    outgoing.once('close', () => incoming.end());
    for (const socket of [incoming, outgoing]) {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    }
  }
}
