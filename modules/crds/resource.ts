import * as pulumi from '@pulumi/pulumi';
import type { KubernetesObject } from '../definition.ts';
import { logicalName } from '../objects.ts';
import { packCrd } from './packed.ts';

/** Type of a custom resource definition in a stack. */
export const crdType = 'kubezero:crds:CustomResourceDefinition';

/**
 * The provider of custom resource definitions, for one cluster: the one of this context in the kubeconfig of whoever runs
 * the update.
 */
export class CrdProvider extends pulumi.ProviderResource {
  constructor(name: string, { context }: { context: string }, options?: pulumi.ResourceOptions) {
    super('kubezero', name, { context }, options);
  }
}

/**
 * A custom resource definition, kept packed in the stack's state and applied whole. It outlives the stack: deleting one would
 * delete every object of its kind.
 */
export class Crd extends pulumi.CustomResource {
  constructor(crd: KubernetesObject, options: pulumi.CustomResourceOptions & { provider: pulumi.ProviderResource }) {
    // What earlier versions of this program had it as: the Kubernetes provider's. It becomes this one in place.
    const aliases = ['v1beta1', 'v1'].map((version) => ({
      type: `kubernetes:apiextensions.k8s.io/${version}:CustomResourceDefinition`,
    }));
    super(crdType, logicalName(crd), { ...packCrd(crd) }, { ...options, aliases, retainOnDelete: true });
  }
}
