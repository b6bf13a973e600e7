import { z } from 'zod';
import type { Values } from './definition.ts';

/**
 * An object of known keys. An unknown key is an error that names the nearest known one; a key written down without a
 * value (`gitSync:`) counts as left out, as it does in Helm.
 */
export function section<S extends z.ZodRawShape>(shape: S) {
  return z.preprocess(withoutNulls, z.strictObject(shape));
}

/** Known keys of something that an upstream chart delivers; every other key goes to the chart as it is. */
export function openSection<S extends z.ZodRawShape>(shape: S) {
  return z.preprocess(withoutNulls, z.looseObject(shape));
}

/** Known keys, and any number of others that all have the same shape. */
export function sectionOfMany<S extends z.ZodRawShape, T extends z.ZodType>(shape: S, others: T) {
  return z.preprocess(withoutNulls, z.object(shape).catchall(others));
}

/** A sub-tree that goes to an upstream chart as it is: any key that chart has. */
export const passthrough = z.record(z.string(), z.unknown()).describe('Passed to the upstream chart as it is.');

/** An upstream chart that a module can switch on; everything else in it goes to the chart as it is. */
export function optionalChart(enabledByDefault = false) {
  return z
    .preprocess(
      withoutNulls,
      z.looseObject({ enabled: z.boolean().default(enabledByDefault).describe('Whether it is deployed.') }),
    )
    .prefault({})
    .describe('Switched on by `enabled`; every other key goes to the upstream chart as it is.');
}

/** Keys that every module has; only `enabled` and `namespace` change what is deployed here. */
export const moduleKeys = {
  enabled: z.boolean().default(false).describe('Whether the module is deployed.'),
  namespace: z.string().optional().describe('Namespace of the module, where it isn’t the documented one.'),
  targetRevision: z
    .string()
    .optional()
    .describe('Version of the KubeZero chart; the release pins it, other values are refused.'),
  chart: z.string().optional().describe('KubeZero chart name, for delivery by ArgoCD.'),
  retain: z.boolean().optional().describe('For delivery by ArgoCD: keep the objects when the Application is deleted.'),
};

/** `namespace` of a module whose objects KubeZero has in kube-system whatever it says. */
export const systemNamespace = z
  .literal('kube-system', { error: 'must be "kube-system", where KubeZero has this module’s objects' })
  .optional()
  .describe('Always `kube-system`.');

function withoutNulls(value: unknown): unknown {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null));
}

function isTree(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Helm's merge of values: trees key by key, later ones win, lists, scalars and `null` (which takes a chart's default away) replaced. */
export function mergeValues(...trees: (Values | undefined)[]): Values {
  const result: Values = {};
  for (const tree of trees) {
    for (const [key, value] of Object.entries(tree ?? {})) {
      const before = result[key];
      if (value === undefined) continue;
      result[key] = isTree(value) ? mergeValues(isTree(before) ? before : {}, value) : value;
    }
  }
  return result;
}

/**
 * Helm release of a tool, which names of its objects carry. Whoever takes over an installation says what it is called
 * there.
 */
export function releaseNameKey(name: string) {
  return z
    .string()
    .default(name)
    .describe('Helm release name, which names and selectors carry: that of an installation that is taken over.');
}

/** Helm's `global` is no key of these modules: there is no chart above the tools'. */
export function noGlobalValues(tools: string) {
  return { key: 'global', why: `has no meaning here: give it below the tool it is for (${tools})` };
}
