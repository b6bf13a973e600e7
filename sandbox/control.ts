import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { UserError } from '../errors/index.ts';

/** A request to the daemon that failed there, with the daemon's message. */
export type ControlHandler = (body: Record<string, unknown>) => Promise<unknown> | unknown;

/** The daemon's control API: JSON over HTTP on a Unix socket, which only its own user can open. */
export async function serveControl(socketPath: string, handlers: Record<string, ControlHandler>): Promise<Server> {
  rmSync(socketPath, { force: true });
  const server = createServer(async (incoming, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    };
    const handler = handlers[`${incoming.method} ${incoming.url}`];
    if (!handler) return answer(404, { message: `no such call: ${incoming.method} ${incoming.url}` });
    try {
      const text = await read(incoming);
      answer(200, await handler(text ? JSON.parse(text) : {}));
    } catch (error) {
      const { message, fix } = error as UserError;
      answer(error instanceof UserError ? 400 : 500, { message, fix });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return server;
}

/** Calls the daemon behind a control socket. @throws UserError with the daemon's message where it refuses. */
// biome-ignore lint/suspicious/noExplicitAny: answers of any kind
export async function callControl<T = any>(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<T> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, timeout: 30_000 }, (response) => {
      read(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    outgoing.once('error', reject);
    outgoing.once('timeout', () => outgoing.destroy(new Error('the sandbox does not answer')));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const answer = text ? JSON.parse(text) : undefined;
  if (status >= 400) throw new UserError(answer?.message ?? `the sandbox answered ${status}`, { fix: answer?.fix });
  return answer as T;
}

async function read(stream: IncomingMessage): Promise<string> {
  stream.setEncoding('utf8');
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}
