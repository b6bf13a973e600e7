import { UserError } from '../../errors/index.ts';
import { type Cluster, openCluster, statusOf } from '../live/kubernetes/client.ts';

/** Thrown by whatever asks a cluster that can't be asked. */
class ClusterAway extends Error {}

/** A cluster that nothing can be asked of; each attempt fails with the reason. */
export function clusterAway({ context, server }: Pick<Cluster, 'context' | 'server'>, why: string): Cluster {
  const refuse = () => {
    throw new ClusterAway(why);
  };
  return new Proxy({ context, server } as Cluster, {
    get: (target, key) => (key === 'context' || key === 'server' ? target[key] : refuse()),
  });
}

/** Opens the cluster of an environment, or one that is away where there is no access to it here. */
export function clusterOrAway(kubeContext: string): Cluster {
  try {
    return openCluster(kubeContext);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return clusterAway({ context: kubeContext, server: '' }, `${awayText} (${error.message})`);
  }
}

const awayText = 'the cluster can’t be reached';

/** Why the cluster couldn't be asked, where an error says that; undefined for any other error. */
export function isAway(error: unknown): string | undefined {
  if (error instanceof ClusterAway) return error.message;
  if (error instanceof UserError) return undefined;
  const status = statusOf(error);
  if (status === 401 || status === 403) return `the cluster doesn’t let this be read (${status})`;
  const code = codeOf(error);
  return code ? `${awayText} (${code})` : undefined;
}

const networkErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** The network's error code, of an error or what caused it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errors } = error as Error & { code?: string; errors?: unknown[] };
  if (code && networkErrors.has(code)) return code;
  return codeOf(error.cause) ?? codeOf(errors?.[0]);
}
