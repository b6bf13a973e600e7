import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { Environment } from '../../environment/environment.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { ModuleId } from '../../releases/release.ts';
import { dependencies } from '../../stacks/delivery.ts';
import type { Gate } from '../live/gates/gate.ts';
import type { Cluster } from '../live/kubernetes/client.ts';
import { unfinishedWorkloads, unhealthyPods, type Wait } from '../live/kubernetes/health.ts';
import { committedManifests } from './committed-manifests.ts';

/** What is read of an Application. */
export interface Application {
  metadata: { name: string; namespace: string; annotations?: Record<string, string>; deletionTimestamp?: string };
  operation?: unknown;
  status?: {
    sync?: { status?: string; revision?: string };
    health?: { status?: string };
    conditions?: { type: string; message: string }[];
    operationState?: { phase?: string; message?: string; finishedAt?: string; syncResult?: { revision?: string } };
    resources?: ApplicationResource[];
  };
}

interface ApplicationResource {
  kind: string;
  namespace?: string;
  name: string;
  status?: string;
  health?: { status?: string; message?: string };
}

const resource = { group: 'argoproj.io', version: 'v1alpha1', plural: 'applications' };
const refresh = 'argocd.argoproj.io/refresh';

/** Times that a sync of the same manifests is tried before it is given up. */
const attempts = 4;
/** Time that ArgoCD is given to see its own work before a sync is tried again. */
const settleMilliseconds = 15_000;

export async function listApplications(cluster: Cluster, namespace: string): Promise<Application[]> {
  const list = await cluster.custom.listNamespacedCustomObject({ ...resource, namespace });
  return list.items as Application[];
}

async function patch(cluster: Cluster, { metadata: { namespace, name } }: Application, body: object): Promise<void> {
  await cluster.custom.patchNamespacedCustomObject(
    { ...resource, namespace, name, body },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
}

/** Has ArgoCD delete an Application's objects before the Application goes. */
export async function deleteWithObjects(cluster: Cluster, application: Application): Promise<void> {
  await patch(cluster, application, { metadata: { finalizers: ['resources-finalizer.argocd.argoproj.io'] } });
}

export interface SyncedOptions {
  environment: Environment;
  cluster: Cluster;
  /** ArgoCD's namespace. */
  namespace: string;
  /** Namespace of each module's workloads. */
  namespaces: Partial<Record<ModuleId, string>>;
  modules: ModuleId[];
}

/**
 * The Applications of these modules Synced with the manifests that are committed now, and Healthy. Drives them there:
 * asks ArgoCD to look at the branch again, and starts a sync (pruning what the commit took away) where one is due; an
 * Application that was never synced waits for those of the modules it depends on. Where an Application isn't Healthy,
 * the gate waits for the pods and workloads that aren't, so that known issues are recognized.
 */
export function applicationsSynced(options: SyncedOptions): Gate {
  const driver = new SyncDriver(options);
  return { name: `Applications of ${options.modules.join(', ')} Synced and Healthy`, check: () => driver.check() };
}

/** Whether the Applications of these modules have the committed manifests. Only looks. */
export async function haveCommittedManifests({
  environment,
  cluster,
  namespace,
  modules,
}: Omit<SyncedOptions, 'namespaces'>): Promise<boolean> {
  const applications = await listApplications(cluster, namespace);
  const committed = committedManifests(environment);
  for (const id of modules) {
    const application = applications.find(({ metadata }) => metadata.name === id);
    const { sync } = application?.status ?? {};
    if (sync?.status !== 'Synced' || !sync.revision || !(await committed.sameAt(id, sync.revision))) return false;
  }
  return true;
}

class SyncDriver {
  readonly #options: SyncedOptions;
  readonly #committed: ReturnType<typeof committedManifests>;
  readonly #started = new Map<string, { count: number; at: number }>();

  constructor(options: SyncedOptions) {
    this.#options = options;
    this.#committed = committedManifests(options.environment);
  }

  async check(): Promise<Wait[]> {
    const { cluster, namespace, modules } = this.#options;
    const controller = await this.#controllerStarting();
    if (controller.length > 0) return controller;
    const applications = await listApplications(cluster, namespace);
    const unsettled = new Map<string, string>();
    const unhealthy: ModuleId[] = [];
    for (const id of modules) {
      const application = applications.find(({ metadata }) => metadata.name === id);
      const reason = application ? await this.#bring(id, application, unsettled) : 'not there';
      if (reason) unsettled.set(id, reason);
      else if (application?.status?.health?.status !== 'Healthy') unhealthy.push(id);
    }
    const waits = [...unsettled].map(([id, reason]) => ({ object: `Application ${namespace}/${id}`, reason }));
    for (const id of unhealthy) waits.push(...(await this.#causes(id, applications)));
    return waits;
  }

  /** Syncs an Application where that is due; says what is missing until it is Synced with the committed manifests. */
  async #bring(id: ModuleId, application: Application, before: Map<string, string>): Promise<string | undefined> {
    const { cluster } = this.#options;
    const { sync, operationState, conditions, resources } = application.status ?? {};
    if (application.operation || operationState?.phase === 'Running' || operationState?.phase === 'Terminating')
      return `syncing: ${firstLine(operationState?.message) || 'about to start'}`;
    if (!sync?.revision || !(await this.#committed.sameAt(id, sync.revision))) {
      if (!application.metadata.annotations?.[refresh])
        await patch(cluster, application, { metadata: { annotations: { [refresh]: 'normal' } } });
      const problem = conditions?.find(({ type }) => type.endsWith('Error'))?.message;
      return problem ? firstLine(problem) : 'ArgoCD hasn’t read the committed manifests yet';
    }
    if (sync.status === 'Synced') return undefined;
    const started = this.#started.get(id);
    const failed = operationState?.phase === 'Failed' || operationState?.phase === 'Error';
    const open = (resources ?? []).filter(({ status }) => status !== 'Synced').map(describe);
    const what = `${sync.status ?? 'Unknown'}: ${failed ? firstLine(operationState?.message) : open.slice(0, 3).join(', ')}`;
    if (started && Date.now() - started.at < settleMilliseconds) return what;
    if (started && started.count >= attempts) throw neverSynced(application, what);
    const waitsFor = operationState ? undefined : dependencies(id).find((other) => before.has(other));
    if (waitsFor) return `waits for Application ${waitsFor}`;
    this.#started.set(id, { count: (started?.count ?? 0) + 1, at: Date.now() });
    await patch(cluster, application, {
      operation: {
        initiatedBy: { username: 'kubezero' },
        sync: { prune: true, syncOptions: ['RespectIgnoreDifferences=true'] },
        retry: { limit: 5, backoff: { duration: '2s', factor: 2, maxDuration: '30s' } },
      },
    });
    return 'sync started';
  }

  /** A controller that hasn't seen how objects are to be tracked takes others for its own. */
  async #controllerStarting(): Promise<Wait[]> {
    const { cluster, namespace } = this.#options;
    const workloads = await unfinishedWorkloads(cluster, [namespace]);
    return workloads.filter(({ object }) => object.endsWith('/argocd-application-controller'));
  }

  /** What keeps an Application from being Healthy: pods and workloads of its namespace, else what ArgoCD says. */
  async #causes(id: ModuleId, applications: Application[]): Promise<Wait[]> {
    const { cluster, namespace, namespaces } = this.#options;
    const own = namespaces[id];
    const causes = own
      ? (await Promise.all([unhealthyPods(cluster, own), unfinishedWorkloads(cluster, [own])])).flat()
      : [];
    if (causes.length > 0) return causes;
    const { health, resources = [] } = applications.find(({ metadata }) => metadata.name === id)?.status ?? {};
    const sick = resources
      .filter((resource) => resource.health && resource.health.status !== 'Healthy')
      .map((resource) => `${describe(resource)}: ${resource.health?.message || resource.health?.status}`);
    const reason = [`Synced, ${health?.status ?? 'Unknown'}`, ...sick.slice(0, 3)].join('; ');
    return [{ object: `Application ${namespace}/${id}`, reason }];
  }
}

function describe({ kind, namespace, name }: ApplicationResource): string {
  return `${kind} ${[namespace, name].filter(Boolean).join('/')}`;
}

function firstLine(text = ''): string {
  return text.split('\n')[0]!.slice(0, 300);
}

function neverSynced({ metadata: { namespace, name } }: Application, what: string): UserError {
  return new UserError(`ArgoCD can’t sync ${name}: ${what}`, {
    where: `Application ${namespace}/${name}`,
    state: 'manifests are pushed; what ArgoCD could sync is at the new state, the rest as before',
    fix: `look at the Application (kubectl -n ${namespace} describe application ${name}), mend the cause, then run the same command again`,
    exitCode: exitCode.blocked,
  });
}
