import {
  ApiException,
  ApiextensionsV1Api,
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  NodeV1Api,
  PolicyV1Api,
  VersionApi,
} from '@kubernetes/client-node';
import { UserError } from '../../../errors/index.ts';

/** Typed clients of one cluster, all on the same kube context. */
export interface Cluster {
  /** Kube context in use, and the server it points at. */
  context: string;
  server: string;
  config: KubeConfig;
  core: CoreV1Api;
  apps: AppsV1Api;
  batch: BatchV1Api;
  policy: PolicyV1Api;
  coordination: CoordinationV1Api;
  nodes: NodeV1Api;
  crds: ApiextensionsV1Api;
  custom: CustomObjectsApi;
  version: VersionApi;
}

/**
 * Opens the cluster behind a kube context of the current kubeconfig (`KUBECONFIG`, else `~/.kube/config`).
 * Nothing is contacted yet.
 * @throws UserError where the kubeconfig can't be read or has no such context.
 */
export function openCluster(context: string): Cluster {
  const config = loadKubeconfig();
  const names = config.getContexts().map((entry) => entry.name);
  if (!names.includes(context)) {
    throw new UserError(`no kube context "${context}"; there is ${names.map((n) => `"${n}"`).join(', ') || 'none'}`, {
      where: kubeconfigPlace(),
      fix: 'set `kubeContext` in environment.yaml, or KUBECONFIG to the file that has it',
      state: 'nothing was touched',
    });
  }
  config.setCurrentContext(context);
  return {
    context,
    server: config.getCurrentCluster()?.server ?? '',
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    policy: config.makeApiClient(PolicyV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    nodes: config.makeApiClient(NodeV1Api),
    crds: config.makeApiClient(ApiextensionsV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    version: config.makeApiClient(VersionApi),
  };
}

/**
 * Whether the kubeconfig in use has a context of that name.
 * @throws UserError where the kubeconfig can't be read.
 */
export function hasContext(context: string): boolean {
  return loadKubeconfig()
    .getContexts()
    .some(({ name }) => name === context);
}

function loadKubeconfig(): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new UserError(`can't read the kubeconfig: ${(cause as Error).message}`, {
      where: kubeconfigPlace(),
      fix: 'set KUBECONFIG to a kubeconfig with this environment’s cluster',
      cause,
    });
  }
  return config;
}

function kubeconfigPlace(): string {
  return process.env.KUBECONFIG ?? '~/.kube/config';
}

/** HTTP status of an API error; undefined for anything else (connection refused, time-out). */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** The object, or undefined where the API says there is none. */
export async function find<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The API's own message for an error, short enough for one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiException) {
    try {
      const body = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
      if (body?.message) return `${error.code} ${body.message}`;
    } catch {
      // Not a Status object: the code has to do.
    }
    return `HTTP ${error.code}`;
  }
  const cause = (error as Error).cause as Error | undefined;
  return (cause?.message ?? (error as Error).message ?? String(error)).split('\n')[0]!.slice(0, 200);
}
