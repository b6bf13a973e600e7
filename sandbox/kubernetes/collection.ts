import { ApiError, type ApiObject, type KubeClient } from './client.ts';

export interface CollectionOptions {
  /** Told after every change, with the object as it is now (`undefined`: deleted) and as it was. */
  onChange?: (object: ApiObject | undefined, before: ApiObject | undefined) => void;
  labelSelector?: string;
}

/**
 * The objects of one resource, kept current by a list and a watch that are started again for as long as it takes: the
 * API server behind a watch may be killed at any time.
 */
export class Collection {
  readonly objects = new Map<string, ApiObject>();
  /** Listed at least once. */
  ready = false;
  private abort = new AbortController();
  private waiting: (() => void)[] = [];

  constructor(
    private client: KubeClient,
    /** Path of the resource over all namespaces, e.g. `/api/v1/pods`. */
    readonly path: string,
    private options: CollectionOptions = {},
  ) {
    void this.run();
  }

  values(): ApiObject[] {
    return [...this.objects.values()];
  }

  get(namespace: string | undefined, name: string): ApiObject | undefined {
    return this.objects.get(keyOf(namespace, name));
  }

  /** Resolves once it was listed. */
  async synced(): Promise<void> {
    if (!this.ready) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  stop(): void {
    this.abort.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        const version = await this.list();
        await this.watch(version);
      } catch (error) {
        // 410: too old a version to go on from; listed again at once. Everything else: the API server is away.
        const status = error instanceof ApiError ? error.status : 0;
        if (status !== 410 && !signal.aborted) await pause(status === 404 ? 1_000 : 250);
      }
    }
  }

  private async list(): Promise<string> {
    const selector = this.options.labelSelector
      ? `?labelSelector=${encodeURIComponent(this.options.labelSelector)}`
      : '';
    const list = await this.client.get(`${this.path}${selector}`);
    const seen = new Set<string>();
    for (const item of list.items as ApiObject[]) {
      seen.add(keyOf(item.metadata.namespace, item.metadata.name));
      this.put(item);
    }
    for (const [key, object] of this.objects) if (!seen.has(key)) this.drop(object);
    this.ready = true;
    for (const resolve of this.waiting.splice(0)) resolve();
    return list.metadata.resourceVersion;
  }

  private async watch(version: string): Promise<void> {
    let expired = false;
    const query = new URLSearchParams({ watch: '1', allowWatchBookmarks: 'true', resourceVersion: version });
    if (this.options.labelSelector) query.set('labelSelector', this.options.labelSelector);
    await this.client.stream(
      `${this.path}?${query}`,
      (line) => {
        const { type, object } = JSON.parse(line) as { type: string; object: ApiObject };
        if (type === 'ADDED' || type === 'MODIFIED') this.put(object);
        else if (type === 'DELETED') this.drop(object);
        else if (type === 'ERROR') expired = true;
      },
      this.abort.signal,
    );
    if (expired) throw new ApiError(410, 'watch expired');
  }

  private put(object: ApiObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = this.objects.get(key);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.objects.set(key, object);
    this.options.onChange?.(object, before);
  }

  private drop(object: ApiObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = this.objects.get(key);
    this.objects.delete(key);
    if (before) this.options.onChange?.(undefined, before);
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
