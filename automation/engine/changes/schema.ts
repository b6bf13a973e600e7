import { z } from 'zod';
import { layers } from '../../../environment/outputs.ts';

/**
 * What an update of stacks changes, as plain JSON: made from engine events (`builder.ts`), kept in plans
 * (`../plan/document.ts`), drawn by `../report/plan/`. No secret is in it: what is secret on either side says only that.
 */

/** A property's value on one side of a change. `unknown`: only the update itself will tell. */
export const propertyValue = z.discriminatedUnion('state', [
  z.object({ state: z.literal('known'), value: z.json() }),
  z.object({ state: z.literal('secret') }),
  z.object({ state: z.literal('unknown') }),
]);
export type PropertyValue = z.infer<typeof propertyValue>;

/** Changed lines of a value that is a text of several lines, with a little of what is around them. */
export const textChange = z.object({
  format: z.enum(['yaml', 'json', 'text']).describe('how it was read; JSON in one line is laid out first'),
  decoded: z.array(z.enum(['base64', 'gzip'])).describe('what it was unpacked from, outermost first'),
  lines: z
    .array(z.string())
    .describe(
      'unified diff without file names: each line begins with "@", " ", "+" or "-"; hunks of YAML say at which key they are',
    ),
  cosmetic: z.boolean().describe('only comments, order of keys or layout differ'),
});
export type TextChange = z.infer<typeof textChange>;

/** One property of a resource, before and after. */
export const propertyChange = z.object({
  path: z.string().describe('as Pulumi writes it, e.g. spec.template.spec.containers[0].image'),
  kind: z.enum(['add', 'update', 'delete']),
  replaces: z.boolean().describe('this change forces the resource to be replaced'),
  before: propertyValue.optional().describe('absent where added, and where `text` shows the change'),
  after: propertyValue.optional().describe('absent where deleted, and where `text` shows the change'),
  text: textChange.optional(),
});
export type PropertyChange = z.infer<typeof propertyChange>;

/** Kinds of objects that hold what can't be made again. */
export const guardedKinds = [
  'etcd volume',
  'backup bucket',
  'encryption key',
  'hosted zone',
  'custom resource definition',
  'protected resource',
] as const;

export const guard = z.object({
  kind: z.enum(guardedKinds),
  allowed: z.boolean().describe('named with --allow'),
  objects: z.int().optional().describe('of a custom resource definition: how many objects would go with it'),
  kept: z.boolean().optional().describe('the object itself stays, outside of the stack'),
  loss: z.string().optional().describe('what is lost with it, one sentence without full stop'),
  name: z.string().optional().describe('what names it with --allow'),
});
export type Guard = z.infer<typeof guard>;

/** `move`: the object stays as it is; the stack's state keeps it in another place or form. */
export const operations = ['create', 'update', 'replace', 'delete', 'read', 'import', 'move'] as const;
export type Operation = (typeof operations)[number];

/** One resource that an update changes. */
export const resourceChange = z.object({
  operation: z.enum(operations),
  type: z.string().describe('Pulumi type, e.g. aws:ec2/launchTemplate:LaunchTemplate'),
  name: z.string().describe('logical name within its stack'),
  urn: z.string(),
  formerUrn: z.string().optional().describe('what the stack has it under until then, where that is another'),
  id: z.string().optional().describe('of the provider, e.g. vol-0abc; absent before it exists'),
  parent: z.string().optional().describe('name of the component it belongs to, e.g. a module'),
  properties: z.array(z.string()).describe('paths that change; empty where the provider gives no detail'),
  replaceKeys: z.array(z.string()).describe('paths that force a replacement'),
  diffs: z
    .array(propertyChange)
    .describe('of updates and replacements; of creations and deletions only where `security` isn’t empty'),
  content: z
    .string()
    .optional()
    .describe(
      'of creations: SHA-256 over what it is created as, without secrets, to see later whether that is still so; absent where not all of it is known',
    ),
  detail: z.enum(['full', 'none']).describe('none: the provider says that it changes, not what'),
  protected: z.boolean(),
  retained: z.boolean().describe('a deletion from the stack alone: the object itself stays as it is'),
  security: z
    .array(z.string())
    .describe('why a reviewer should look twice, e.g. "IAM policy", "open to 0.0.0.0/0"; empty: no reason'),
  guard: guard.optional().describe('deleting or replacing it loses data'),
  restarts: z.string().optional().describe('what it restarts, e.g. "pods of Deployment logging/kibana, rolling"'),
});
export type ResourceChange = z.infer<typeof resourceChange>;

/** What a stack's preview was computed from. */
export const basis = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('live') }).describe('nothing it reads is about to change'),
  z
    .object({
      kind: z.literal('upstream-pending'),
      upstream: z.array(
        z.object({
          stack: z.string(),
          outputs: z
            .array(z.string())
            .describe('outputs that will change and that this stack reads; empty: those it reads stay as they are'),
        }),
      ),
    })
    .describe('computed from what is deployed, while a stack it reads from has changes pending'),
  z
    .object({ kind: z.literal('upstream-not-deployed'), missing: z.array(z.string()) })
    .describe('not computed: there is nothing to compute it from'),
]);
export type Basis = z.infer<typeof basis>;

export const outputChange = z.object({
  name: z.string(),
  before: propertyValue.optional(),
  after: propertyValue.optional(),
});
export type OutputChange = z.infer<typeof outputChange>;

/** A finding of one of Pulumi's policy packs. */
export const policyViolation = z.object({
  pack: z.string(),
  policy: z.string(),
  level: z.enum(['mandatory', 'advisory']),
  message: z.string(),
  resource: z.string().optional().describe('URN'),
});
export type PolicyViolation = z.infer<typeof policyViolation>;

export const diagnostic = z.object({ severity: z.enum(['error', 'warning']), message: z.string() });

/** What an update of one stack changes (or changed). */
export const stackPlan = z.object({
  stack: z.string(),
  layer: z.enum(layers),
  basis,
  changes: z.array(resourceChange),
  unchanged: z.int().describe('resources that it leaves alone'),
  outputs: z.array(outputChange).describe('outputs that change'),
  diagnostics: z.array(diagnostic),
  policies: z.array(policyViolation),
  failure: z
    .string()
    .optional()
    .describe('why the preview could not be finished; what it found until then is in `changes`'),
  seconds: z.number().optional(),
});
export type StackPlan = z.infer<typeof stackPlan>;
