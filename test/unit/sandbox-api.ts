import { ApiError, type ApiObject, KubeClient } from '../../sandbox/kubernetes/client.ts';

/**
 * An API server in memory that knows as much as what plays kubelets needs: names that are taken, two sides of an object
 * (its status and the rest), versions and ids as preconditions, and a provider id that stays once it is set.
 */
export class MemoryApi extends KubeClient {
  readonly objects = new Map<string, ApiObject>();
  /** Every change that was asked for: `PATCH /api/v1/nodes/a/status`. */
  readonly changes: string[] = [];
  /** Answers nothing to these. */
  away: (method: string, path: string) => boolean = () => false;
  private count = 0;

  constructor() {
    super({ host: '', port: 0, serverName: '', ca: '', cert: '', key: '' });
  }

  node = (name: string) => this.objects.get(`/api/v1/nodes/${name}`);
  pod = (name: string, namespace = 'kube-system') => this.objects.get(`/api/v1/namespaces/${namespace}/pods/${name}`);

  put(collection: string, object: ApiObject): ApiObject {
    this.count += 1;
    const metadata = { uid: `uid-${this.count}`, ...object.metadata, resourceVersion: `${this.count}` };
    const stored = structuredClone({ ...object, metadata });
    this.objects.set(`${collection}/${metadata.name}`, stored);
    return stored;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in KubeClient
  override async send<T = any>(method: string, path: string, body?: unknown, contentType = ''): Promise<T> {
    if (this.away(method, path)) throw new Error('connect ECONNREFUSED');
    if (method !== 'GET') this.changes.push(`${method} ${path}`);
    const sent = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
    return structuredClone(this.answer(method, path, sent, contentType)) as T;
  }

  private answer(method: string, path: string, body: ApiObject, contentType: string): unknown {
    const [, node] = /^\/api\/v1\/pods\?fieldSelector=spec\.nodeName%3D(.+)$/.exec(path) ?? [];
    if (node) return { items: [...this.objects.values()].filter(({ spec }) => spec?.nodeName === node) };
    if (method === 'POST') {
      if (this.objects.has(`${path}/${body.metadata.name}`))
        throw new ApiError(409, `"${body.metadata.name}" already exists`);
      return this.put(path, body);
    }
    const status = path.endsWith('/status');
    const key = path.replace(/\/status$/, '');
    const found = this.objects.get(key);
    if (!found) throw new ApiError(404, `${key} not found`);
    if (method === 'DELETE') {
      const uid = (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
      if (uid && uid !== found.metadata.uid) throw new ApiError(409, 'the UID in the precondition differs');
      this.objects.delete(key);
      return undefined;
    }
    return method === 'PATCH' ? this.patched(key, found, body, status, contentType.includes('strategic')) : found;
  }

  private patched(key: string, found: ApiObject, body: ApiObject, status: boolean, strategic: boolean): ApiObject {
    const version = body.metadata?.resourceVersion;
    if (version && version !== found.metadata.resourceVersion)
      throw new ApiError(409, 'the object has been modified; please apply your changes to the latest version');
    if (strategic && body.status?.conditions)
      body.status.conditions = byType(found.status?.conditions, body.status.conditions);
    const next = merge(found, body) as ApiObject;
    const kept: ApiObject = status ? { ...next, spec: found.spec } : { ...next, status: found.status };
    const { providerID } = found.spec ?? {};
    if (providerID && kept.spec?.providerID !== providerID)
      throw new ApiError(422, 'spec.providerID: Forbidden: node updates may not change providerID');
    return this.put(key.slice(0, key.lastIndexOf('/')), kept);
  }
}

type Condition = { type: string };

/** As a strategic merge patch does with conditions. */
function byType(present: Condition[] = [], changed: Condition[]): Condition[] {
  const of = (type: string) => changed.find((condition) => condition.type === type);
  return [
    ...present.map((condition) => ({ ...condition, ...of(condition.type) })),
    ...changed.filter(({ type }) => !present.some((condition) => condition.type === type)),
  ];
}

/** RFC 7386. */
function merge(target: unknown, change: unknown): unknown {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const result = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [name, value] of Object.entries(change)) {
    const fields = result as Record<string, unknown>;
    if (value === null) delete fields[name];
    else fields[name] = merge(fields[name], value);
  }
  return result;
}
