import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { V1Node } from '@kubernetes/client-node';
import pMap from 'p-map';
import { type Cluster, reasonOf } from '../live/kubernetes/client.ts';
import { listNodes } from '../live/kubernetes/health.ts';
import { rawText } from '../live/kubernetes/raw.ts';
import { shownCertificate } from './reach.ts';

/** When a certificate of the cluster expires. */
export interface CertificateExpiry {
  /** What it is for. */
  of: 'authority' | 'API server' | 'kubelet';
  /** Whose it is: address and port, or a node; of the authority the kube context. */
  where: string;
  /** ISO time; absent where it couldn't be seen. */
  expires?: string;
  /** Whole days left; negative where it has expired. */
  days?: number;
  /** It should have been renewed by now. */
  warning?: true;
  /** Why it couldn't be seen. */
  error?: string;
}

/** Controllers renew theirs at half a year, kubelets earlier: with less than that left, something keeps them from it. */
const warnBelowDays = 60;
const dayMilliseconds = 24 * 3600 * 1000;
const lookMilliseconds = 2_500;
const atOnce = 8;

/**
 * When the certificates expire that keep the cluster together, as far as they can be seen from here: that of the authority, of
 * each API server, and those that kubelets log in with. Those of etcd show themselves to controllers only; they are renewed
 * together with the API server's.
 */
export async function certificateExpiries(cluster: Cluster): Promise<CertificateExpiry[]> {
  const [servers, kubelets] = await Promise.all([apiServers(cluster), kubeletClients(cluster)]);
  return [...authorities(cluster), ...servers, ...kubelets];
}

/** Those that are to be looked after, in words. */
export function expiryWarnings(expiries: CertificateExpiry[]): string[] {
  return expiries
    .filter(({ warning }) => warning)
    .map(({ of, where, days = 0, expires = '' }) =>
      days < 0
        ? `certificate of ${of} ${where} has expired on ${expires.slice(0, 10)}`
        : `certificate of ${of} ${where} expires in ${days} days, on ${expires.slice(0, 10)}`,
    );
}

/** An entry of a certificate that was seen. */
export function expiryOf(of: CertificateExpiry['of'], where: string, expires: Date): CertificateExpiry {
  const days = Math.floor((expires.getTime() - Date.now()) / dayMilliseconds);
  return { of, where, expires: expires.toISOString(), days, ...(days < warnBelowDays ? { warning: true } : {}) };
}

/** As the kubeconfig has it: what clients believe. */
function authorities({ config, context }: Cluster): CertificateExpiry[] {
  const { caData, caFile } = config.getCurrentCluster() ?? {};
  if (!caData && !caFile) return [];
  try {
    const certificate = new X509Certificate(caData ? Buffer.from(caData, 'base64') : readFileSync(caFile as string));
    return [expiryOf('authority', context, new Date(certificate.validTo))];
  } catch (error) {
    return [{ of: 'authority', where: context, error: (error as Error).message }];
  }
}

/** Each controller's by itself; through a tunnel only the one at its end can be asked. */
async function apiServers(cluster: Cluster): Promise<CertificateExpiry[]> {
  // Not everybody may read them; then the one in use is what there is.
  const endpoints = await cluster.core
    .readNamespacedEndpoints({ name: 'kubernetes', namespace: 'default' })
    .catch(() => undefined);
  const addresses = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    addresses.map(({ ip }) => ({ host: ip, port: ports[0]?.port ?? 6443 })),
  );
  const seen = await pMap(addresses, (address) => serverExpiry(address), { concurrency: atOnce });
  if (seen.some(({ expires }) => expires)) return seen;
  const { hostname, port } = new URL(cluster.server);
  return [await serverExpiry({ host: hostname, port: Number(port || 443) })];
}

async function serverExpiry({ host, port }: { host: string; port: number }): Promise<CertificateExpiry> {
  const where = `${host}:${port}`;
  try {
    // Any name of theirs: what they show is looked at, not trusted.
    const { valid_to } = await shownCertificate({ host, port, servername: 'kubernetes' }, lookMilliseconds);
    return expiryOf('API server', where, new Date(valid_to));
  } catch (error) {
    return { of: 'API server', where, error: (error as Error).message };
  }
}

/** What kubelets say of the certificate that they log in with; only those that serve anything. */
async function kubeletClients(cluster: Cluster): Promise<CertificateExpiry[]> {
  const serving = (node: V1Node) => (node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0) > 0;
  const names = (await listNodes(cluster)).filter(serving).map(({ metadata }) => metadata?.name ?? '');
  const seen = await pMap(names, (name) => kubeletExpiry(cluster, name), { concurrency: atOnce });
  return seen.flat();
}

async function kubeletExpiry(cluster: Cluster, name: string): Promise<CertificateExpiry[]> {
  try {
    const metrics = await rawText(cluster, `/api/v1/nodes/${name}/proxy/metrics`, lookMilliseconds);
    const seconds = secondsLeft(metrics);
    return seconds === undefined ? [] : [expiryOf('kubelet', name, new Date(Date.now() + seconds * 1000))];
  } catch (error) {
    return [{ of: 'kubelet', where: name, error: reasonOf(error) }];
  }
}

/** Of a kubelet's metrics how long its client certificate is good for; undefined where it doesn't say, or has none. */
export function secondsLeft(metrics: string): number | undefined {
  const [, text] = /^kubelet_certificate_manager_client_ttl_seconds (\S+)$/m.exec(metrics) ?? [];
  const seconds = Number(text);
  return text !== undefined && Number.isFinite(seconds) ? seconds : undefined;
}
