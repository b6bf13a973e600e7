import { exitCode, UserError } from '../errors/index.ts';
import type { ModuleId } from '../releases/release.ts';
import { deprecatedApis, type UnservedApi, unservedApis } from '../releases/served-apis.ts';
import type { KubernetesObject } from './definition.ts';

/** What of a rendered module decides whether API servers take it. */
interface ModuleObjects {
  definition: { id: ModuleId };
  objects: KubernetesObject[];
  crds: KubernetesObject[];
}

/** An API that one module uses. */
export type ModuleApi = UnservedApi & { module: ModuleId };

/** APIs in what modules render that a Kubernetes version doesn't serve. */
export function unservedBy(kubernetesVersion: string, rendered: ModuleObjects[]): ModuleApi[] {
  return byModule(rendered, (objects) => unservedApis(objects, kubernetesVersion));
}

/** APIs in what modules render that a later Kubernetes version doesn't serve any more. */
export function deprecatedSince(kubernetesVersion: string, rendered: ModuleObjects[]): ModuleApi[] {
  return byModule(rendered, (objects) => deprecatedApis(objects, kubernetesVersion));
}

function byModule(rendered: ModuleObjects[], check: (objects: KubernetesObject[]) => UnservedApi[]): ModuleApi[] {
  return rendered.flatMap(({ definition, objects, crds }) =>
    check([...crds, ...objects]).map((api) => ({ module: definition.id, ...api })),
  );
}

/** `logging: apiextensions.k8s.io/v1beta1 CustomResourceDefinition, not served from Kubernetes 1.22 on (use ...): a, b`. */
export function describeApi({ module, apiVersion, kind, until, from, instead, objects }: ModuleApi): string {
  const served = from ? `served only from Kubernetes ${from} on` : `not served from Kubernetes ${until} on`;
  const shown = objects.length > 8 ? [...objects.slice(0, 8), `${objects.length - 8} more`] : objects;
  return `${module}: ${apiVersion} ${kind}, ${served}${instead ? ` (use ${instead})` : ''}: ${shown.join(', ')}`;
}

/**
 * Refuses to deploy what the API servers would reject, before anything is touched.
 * @throws UserError naming module, API and objects.
 */
export function refuseUnserved(kubernetesVersion: string, rendered: ModuleObjects[]): void {
  const unserved = unservedBy(kubernetesVersion, rendered);
  if (unserved.length === 0) return;
  throw new UserError(
    `Kubernetes ${kubernetesVersion} doesn't serve what would be deployed:\n${unserved.map((api) => `  ${describeApi(api)}`).join('\n')}`,
    {
      fix: 'Bring the module to the release of this Kubernetes version; or, where a chart was given with --charts, give the pinned one.',
      state: 'Nothing was changed.',
      exitCode: exitCode.blocked,
    },
  );
}
