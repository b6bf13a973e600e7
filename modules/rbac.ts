import type { KubernetesObject } from './definition.ts';

interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** A Role, or without a namespace a ClusterRole. */
export function role(name: string, rules: PolicyRule[], namespace?: string): KubernetesObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: namespace ? 'Role' : 'ClusterRole',
    metadata: namespace ? { name, namespace } : { name },
    rules,
  };
}

/** The role and its binding (of the same name unless given) to a ServiceAccount. */
export function bind(
  granted: KubernetesObject,
  account: { name: string; namespace: string },
  bindingName = granted.metadata.name,
): KubernetesObject[] {
  const { namespace } = granted.metadata;
  return [
    granted,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${granted.kind}Binding`,
      metadata: namespace ? { name: bindingName, namespace } : { name: bindingName },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: granted.kind, name: granted.metadata.name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}
