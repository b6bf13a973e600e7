import type { StandInObject } from './template.ts';
import { on, template, value } from './template.ts';

type Tree = Record<string, unknown>;

/** Name of a chart's objects, as most charts make it: the release's name if the chart's is in it, else both. */
export function fullname(chart: string): string {
  return template(
    `{{ dig "fullnameOverride" "" .Values.AsMap | default (contains "${chart}" .Release.Name | ternary .Release.Name (printf "%s-${chart}" .Release.Name)) }}`,
  );
}

/** Containers of a pod: the first always, others under a condition. None of their fields may be a template. */
export function containers(always: Tree, ...others: [when: string, container: Tree][]): Tree[] {
  const more = others.map(([when, container]) => `{{ if ${when} }},${JSON.stringify(container)}{{ end }}`).join('');
  return template(`[${JSON.stringify(always)}${more}]`) as unknown as Tree[];
}

interface Volume {
  name: string;
  size: string;
  /** Values below which `enabled`, `size` and the class are. */
  values: string;
  /** Key of the class, and the one that is taken without. Default: `storageClass`, and that of the cluster. */
  storageClass?: { key: string; fallback: string };
  /** Whether there is a volume unless the values say so. */
  byDefault?: boolean;
}

/** A StatefulSet with a volume for each pod where the values want one, and the same one without. */
export function withVolume(
  { name, size, values, storageClass = { key: 'storageClass', fallback: '' }, byDefault = true }: Volume,
  make: (options: { when?: string; spec?: Tree }) => StandInObject,
): StandInObject[] {
  const wanted = on(`${values}/enabled`, String(byDefault));
  const claim = {
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: value(`${values}/size`, `"${size}"`) } },
    },
  };
  const keys = [...values.split('/'), storageClass.key].map((key) => `"${key}"`).join(' ');
  const named = `(dig ${keys} "${storageClass.fallback}" .Values.AsMap)`;
  const classed = { ...claim, spec: { ...claim.spec, storageClassName: template(`{{ ${named} }}`) } };
  return [
    make({ when: `not ${wanted}` }),
    make({ when: `and ${wanted} (not ${named})`, spec: { volumeClaimTemplates: [claim] } }),
    make({ when: `and ${wanted} ${named}`, spec: { volumeClaimTemplates: [classed] } }),
  ];
}

/** A Secret whose content the chart takes from values or makes up. */
export function secret(name: string, data: Record<string, string>, when?: string): StandInObject {
  return {
    when,
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: template('{{ .Release.Namespace }}') },
      type: 'Opaque',
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, template(`{{ ${text} | b64enc | quote }}`)]),
      ),
    },
  };
}

/** A role in the namespace and its binding to an account; what it grants doesn't matter here. */
export function namespacedRole(name: string, subject: string, binding = name): StandInObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const namespace = template('{{ .Release.Namespace }}');
  return [
    {
      object: {
        apiVersion: `${rbac}/v1`,
        kind: 'Role',
        metadata: { name, namespace },
        rules: [{ apiGroups: [''], resources: ['endpoints', 'configmaps', 'pods'], verbs: ['get', 'list', 'watch'] }],
      },
    },
    {
      object: {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name: binding, namespace },
        roleRef: { apiGroup: rbac, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name: subject, namespace }],
      },
    },
  ];
}
