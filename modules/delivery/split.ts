import type { ModuleId } from '../../releases/release.ts';
import type { KubernetesObject } from '../definition.ts';
import type { Delivery } from './phase.ts';

/**
 * Modules that the stack always delivers: ArgoCD runs on the network and is a module itself; cert-manager is a component
 * of Pulumi's.
 */
const foundation = new Set<ModuleId>(['network', 'cert-manager', 'argocd']);

/**
 * Kinds that the stack always delivers. Secrets don't belong into git. A Job's template and a runtime class's handler
 * can't be changed: such an object is replaced, which ArgoCD 2.3 has no option for.
 */
const stackKinds = new Set(['Job', 'RuntimeClass', 'Secret']);

/** Objects of a module by who delivers them where the environment says `argocd`. */
export interface SplitObjects {
  stack: KubernetesObject[];
  argocd: KubernetesObject[];
}

/** Splits a module's objects; namespaces and CRDs aren't among them, those are the stack's. */
export function split(id: ModuleId, objects: KubernetesObject[]): SplitObjects {
  const toArgocd = ({ kind }: KubernetesObject) => !foundation.has(id) && !stackKinds.has(kind);
  return {
    stack: objects.filter((object) => !toArgocd(object)),
    argocd: objects.filter(toArgocd),
  };
}

/** Who delivers a module: a module of which ArgoCD would get nothing stays with the stack. */
export function deliveryOf(id: ModuleId, objects: KubernetesObject[], wanted: Delivery): Delivery {
  return wanted === 'argocd' && split(id, objects).argocd.length > 0 ? 'argocd' : 'pulumi';
}
