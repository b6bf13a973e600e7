import type { KubernetesObject } from '../../modules/definition.ts';
import { logicalName } from '../../modules/objects.ts';
import type { ApiServer } from './api-server.ts';

/** Where the API server keeps objects of a kind. */
interface ResourceType {
  plural: string;
  namespaced: boolean;
}

/** Server-side dry-runs against a real API server: its schemas, defaults and validation, and nothing is kept. */
export class DryRun {
  readonly #api: ApiServer;
  readonly #types = new Map<string, Promise<Map<string, ResourceType>>>();

  constructor(api: ApiServer) {
    this.#api = api;
  }

  /** Creates definitions for real and waits for them, so that objects of their kinds can be tried. */
  async define(crds: KubernetesObject[]): Promise<void> {
    for (const crd of crds) await this.#apply(crd, '');
    for (const crd of crds) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
      const established = async () =>
        (await this.#api.call('GET', path))?.status?.conditions?.some(
          ({ type, status }: { type: string; status: string }) => type === 'Established' && status === 'True',
        );
      while (!(await established())) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.#types.clear();
  }

  /** Creates the namespaces that objects are in. */
  async namespaces(objects: KubernetesObject[]): Promise<void> {
    const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    for (const name of names) await this.#apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, '');
  }

  /** What the API server has against these objects, one sentence each. */
  async refusals(objects: KubernetesObject[]): Promise<string[]> {
    const refusals: string[] = [];
    for (const object of objects) {
      await this.#apply(object, '&dryRun=All').catch((error: Error) =>
        refusals.push(`${logicalName(object)}: ${error.message}`),
      );
    }
    return refusals;
  }

  async #apply(object: KubernetesObject, more: string): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const type = (await this.#resourceTypes(root)).get(kind);
    if (!type) throw new Error(`no ${kind} in ${apiVersion}`);
    const namespace = type.namespaced ? `/namespaces/${metadata.namespace}` : '';
    const path = `${root}${namespace}/${type.plural}/${encodeURIComponent(metadata.name)}`;
    const answer = await this.#api.call('APPLY', `${path}?fieldManager=test&force=true${more}`, object);
    if (!answer) throw new Error(`${path} not found`);
  }

  #resourceTypes(root: string): Promise<Map<string, ResourceType>> {
    const known = this.#types.get(root) ?? this.#discover(root);
    this.#types.set(root, known);
    return known;
  }

  async #discover(root: string): Promise<Map<string, ResourceType>> {
    const list = await this.#api.call('GET', root);
    const resources = (list?.resources ?? []) as { name: string; kind: string; namespaced: boolean }[];
    const types = resources.filter(({ name }) => !name.includes('/'));
    return new Map(types.map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]));
  }
}
