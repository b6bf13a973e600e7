import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { issue, type KeyPair } from '../../../certificates/index.ts';

/** Programs in a directory of their own, for PATH. */
export interface SessionTools {
  path: string;
  /** Says where each machine leads to. */
  lead(targets: Record<string, number | string>): void;
}

/**
 * An `aws` that leads from a port of this machine to that of another, as `aws ssm start-session` does, and a plugin that is
 * just there. Where each machine leads to stands in `targets.json` beside them: a port, or what AWS says of it.
 */
export function fakeSessionTools(directory: string): SessionTools {
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  const write = (name: string, text: string) => {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  };
  write('session-manager-plugin', '#!/bin/sh\n');
  write(
    'aws',
    `#!${process.execPath}
const { readFileSync, appendFileSync, writeFileSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const args = process.argv.slice(2);
const of = (name) => args[args.indexOf(name) + 1];
appendFileSync(__dirname + '/calls', JSON.stringify(args) + '\\n');
const target = JSON.parse(readFileSync(__dirname + '/targets.json'))[of('--target')];
if (typeof target !== 'number') {
  process.stderr.write('\\nAn error occurred (' + target + ') when calling the StartSession operation: ' + of('--target') + '\\n');
  process.exit(254);
}
writeFileSync(__dirname + '/pid', String(process.pid));
const { localPortNumber: [port] } = JSON.parse(of('--parameters'));
createServer((socket) => {
  const far = connect(target, '127.0.0.1');
  for (const each of [socket, far]) each.on('error', () => undefined).on('close', () => { socket.destroy(); far.destroy(); });
  socket.pipe(far).pipe(socket);
}).listen(Number(port), '127.0.0.1');
`,
  );
  return { path: bin, lead: (targets) => writeFileSync(join(bin, 'targets.json'), JSON.stringify(targets)) };
}

/** What an API server has seen of who asked. */
export interface FakeApi {
  port: number;
  askers: string[];
  stop(): void;
}

/** Something that answers as an API server of a cluster: TLS of its authority, for whom its authority has let in. */
export async function fakeApiServer(authority: KeyPair, apiHost: string): Promise<FakeApi> {
  const { cert, key } = await issue(authority, {
    commonName: 'kube-apiserver',
    dnsNames: [apiHost, 'kubernetes'],
    usage: 'server',
  });
  const askers: string[] = [];
  // Anonymous requests come through and are refused, as there.
  const server: Server = createServer(
    { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      const { CN } = socket.getPeerCertificate().subject ?? {};
      if (!socket.authorized) return void response.writeHead(401).end('{"kind":"Status","message":"Unauthorized"}');
      askers.push(`${CN}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"gitVersion":"v1.22.8"}');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    askers,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
