import { lookup, resolveNs } from 'node:dns/promises';
import { connect as connectPlain } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';

/**
 * Whether something answers, or why not: an error's code (`ENOTFOUND`, `ETIMEDOUT`, ...) or message. `stranger`: something
 * does, with a certificate that isn't to be believed.
 */
export type Reached = { ok: true } | { ok: false; why: string; stranger?: true };

const timeoutMilliseconds = 5_000;

/**
 * Whether a port can be reached from here. A port that refuses is reached: the way is there, its process isn't yet.
 * @param host looked up as Kubernetes clients do, by the system
 */
export async function reach(host: string, port: number, milliseconds = timeoutMilliseconds): Promise<Reached> {
  const found = await within(milliseconds, lookup(host)).catch((error: Error) => error);
  if (found instanceof Error) return { ok: false, why: `${codeOf(found)}: the name ${host} isn’t known here` };
  return new Promise((resolve) => {
    const socket = connectPlain({ host: found.address, port, timeout: milliseconds });
    const end = (result: Reached) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end({ ok: true }));
    socket.once('timeout', () =>
      end({ ok: false, why: `ETIMEDOUT: ${host} (${found.address}:${port}) doesn’t answer` }),
    );
    socket.once('error', (error) => {
      const code = codeOf(error);
      end(code === 'ECONNREFUSED' ? { ok: true } : { ok: false, why: `${code}: ${host} (${found.address}:${port})` });
    });
  });
}

/**
 * Whether names of a private hosted zone are known here, i.e. this machine asks the resolver of a VPC the zone belongs to, or
 * one that passes questions on to it. Route 53 gives every private zone the same four name servers.
 */
export async function seesPrivateZone(domain: string, milliseconds = timeoutMilliseconds): Promise<boolean> {
  const servers = await within(milliseconds, resolveNs(domain)).catch(() => []);
  return servers.some((name) => /^ns-(0|512|1024|1536)\.awsdns-00\./.test(name));
}

/**
 * The certificate that a TLS server shows, whoever has issued it: to be looked at, not to be trusted.
 * @throws where nothing answers there, or not with TLS
 */
export async function shownCertificate(
  { host, port, servername }: { host: string; port: number; servername?: string },
  milliseconds = timeoutMilliseconds,
): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername, rejectUnauthorized: false, timeout: milliseconds });
    const end = (act: () => void) => {
      socket.destroy();
      act();
    };
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      end(() => resolve(certificate));
    });
    socket.once('timeout', () => end(() => reject(new Error(`${host}:${port} doesn’t answer`))));
    socket.once('error', (error) => end(() => reject(error)));
  });
}

/** Whether a TLS server is one of this authority's, of that name: an API server of the cluster. */
export async function isServerOf(
  ca: string,
  { host, port, servername }: { host: string; port: number; servername: string },
  milliseconds = timeoutMilliseconds,
): Promise<Reached> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername, ca, timeout: milliseconds });
    const end = (result: Reached) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('secureConnect', () => end({ ok: true }));
    socket.once('timeout', () => end({ ok: false, why: `${host}:${port} doesn’t answer` }));
    socket.once('error', (error) => {
      const code = codeOf(error);
      end({ ok: false, why: `${code}: ${host}:${port}`, ...(/CERT|SIGNATURE/.test(code) ? { stranger: true } : {}) });
    });
  });
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
