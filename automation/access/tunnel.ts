import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCode, UserError } from '../../errors/index.ts';
import { isServerOf } from './reach.ts';
import { refuseWithoutTools, type Session, startSession } from './session.ts';

/** A port of this machine that leads to the API servers, through whichever controller is there. */
export interface Tunnel {
  port: number;
  close(): Promise<void>;
}

export interface TunnelOptions {
  /** Environment it is for. */
  environment: string;
  region: string;
  apiHost: string;
  /** Certificate of the cluster's authority, PEM: what answers at the other end must be its. */
  ca: string;
  /** Ids of the controllers that are running now; asked again whenever another way is needed. */
  controllers(): Promise<string[]>;
  /** Default: a free one. */
  port?: number;
  signal?: AbortSignal;
  /** Told when the way is lost, and when there is another one. */
  onChange?(what: string): void;
}

/** No controller leads to an API server; another time one may. */
export class NoWay extends UserError {}

/** Port of the API server on each controller. */
const apiPort = 6443;
/** How long a session may take until an API server answers through it. */
const openMilliseconds = 25_000;
const watchMilliseconds = 10_000;
const pollMilliseconds = 500;

/**
 * Opens a tunnel through the first controller that leads to an API server, and keeps it open: sessions end by themselves,
 * and controllers are replaced by upgrades.
 * @throws UserError where a tool is missing, or no controller leads anywhere.
 */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  refuseWithoutTools(options.environment);
  const port = options.port ?? (await freePort());
  const closing = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
  let way = await findWay(port, options, signal);
  const kept = keep();

  async function keep(): Promise<void> {
    while (!signal.aborted) {
      const lost = await untilLost(way.session, port, options, signal);
      if (signal.aborted) break;
      options.onChange?.(`the way through ${way.controller} is lost (${lost}): looking for another one`);
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          way = await findWay(port, options, signal, way.controller);
          options.onChange?.(`the API is reached through ${way.controller} now`);
          break;
        } catch {
          await pause(Math.min(15_000, 1_000 * attempt), undefined, { signal }).catch(() => undefined);
        }
      }
    }
  }

  return {
    port,
    close: async () => {
      closing.abort();
      await way.session.stop();
      await kept;
    },
  };
}

interface Way {
  controller: string;
  session: Session;
}

/** @param last controller that was used until now: tried after the others */
async function findWay(port: number, options: TunnelOptions, signal: AbortSignal, last?: string): Promise<Way> {
  const found = await options.controllers();
  const candidates = [...found.filter((id) => id !== last), ...found.filter((id) => id === last)];
  const reasons: string[] = [];
  for (const controller of candidates) {
    signal.throwIfAborted();
    const { region } = options;
    const session = startSession({ region, instanceId: controller, localPort: port, remotePort: apiPort });
    const why = await untilOpen(session, port, options, signal);
    if (why === undefined) return { controller, session };
    await session.stop();
    reasons.push(`${controller}: ${why}`);
  }
  signal.throwIfAborted();
  throw new NoWay(
    candidates.length === 0
      ? 'no controller is running that Session Manager could lead through'
      : `no controller leads to the API through Session Manager:\n  ${reasons.join('\n  ')}`,
    {
      where: `${options.environment}/environment.yaml: access.ssm`,
      fix: 'the machines need the permission that access.ssm gives (kubezero up) and the agent in their image; you need ssm:StartSession: aws ssm describe-instance-information shows who is connected',
      exitCode: exitCode.blocked,
    },
  );
}

/** Waits until an API server of the cluster answers through a session. @returns why none does; undefined where one does */
async function untilOpen(
  session: Session,
  port: number,
  { ca, apiHost }: TunnelOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  let ended: string | undefined;
  void session.ended.then((said) => {
    ended = said;
  });
  let why = 'nothing answers';
  for (const deadline = Date.now() + openMilliseconds; Date.now() < deadline; ) {
    if (ended !== undefined) return ended;
    if (signal.aborted) return 'interrupted';
    const reached = await isServerOf(ca, { host: '127.0.0.1', port, servername: apiHost });
    // Another program may have the port: only a session that runs on has opened it.
    if (reached.ok && ended === undefined) return undefined;
    if (!reached.ok) why = reached.why;
    if (!reached.ok && reached.stranger) break;
    await pause(pollMilliseconds, undefined, { signal }).catch(() => undefined);
  }
  return why;
}

/** Waits until a session is over, or its API server is silent for a while. @returns what happened */
async function untilLost(
  session: Session,
  port: number,
  { ca, apiHost }: TunnelOptions,
  signal: AbortSignal,
): Promise<string> {
  const enough = new AbortController();
  const watch = async () => {
    for (let failures = 0; failures < 2; ) {
      await pause(watchMilliseconds, undefined, { signal: AbortSignal.any([signal, enough.signal]) });
      const reached = await isServerOf(ca, { host: '127.0.0.1', port, servername: apiHost });
      failures = reached.ok ? 0 : failures + 1;
    }
    await session.stop();
    return 'its API server doesn’t answer';
  };
  const lost = await Promise.race([session.ended, watch().catch(() => 'interrupted')]);
  enough.abort();
  return lost;
}

/** A port of this machine that nothing listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
