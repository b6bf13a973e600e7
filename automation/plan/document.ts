import { z } from 'zod';
import { releaseIds } from '../../releases/release.ts';
import { stackPlan } from '../engine/changes/schema.ts';

/** Version of the document. Raised when a field changes its meaning or goes away; new fields don't raise it. */
export const planVersion = 1;

/** What a step of an upgrade interrupts, and for how long. */
export const disruption = z.object({
  what: z.string().describe('one sentence, e.g. "each controller in turn; the API stays up on the others"'),
  minutes: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe('from - to, for a cluster like this one; absent: none to speak of'),
  restarts: z.array(z.string()).describe('workloads and machines, e.g. "Deployment istio-system/istiod"'),
});

export const undo = z.object({
  possible: z.enum(['yes', 'partly', 'no']),
  how: z.string().describe('what takes it back, or why nothing does'),
});

/** One step of the pending upgrade. */
export const plannedStep = z.object({
  id: z.string(),
  title: z.string(),
  passage: z.string().describe('of the release notes'),
  state: z.enum(['done', 'would-run', 'blocked']).describe('blocked: it can’t run as things are'),
  notes: z.array(z.string()).describe('what it would do beside stack updates, a line each'),
  blockers: z.array(z.string()).describe('what stands in its way, a line each'),
  stacks: z.array(stackPlan).describe('its stack updates, each against what is deployed now'),
  gates: z.array(z.string()).describe('awaited after it'),
  disruption,
  undo,
});
export type PlannedStep = z.infer<typeof plannedStep>;

export const upgradePlan = z.object({
  from: z.enum(releaseIds),
  to: z.enum(releaseIds),
  surgeFirst: z.boolean(),
  steps: z.array(plannedStep),
});
export type UpgradePlan = z.infer<typeof upgradePlan>;

/** Change of a manifest that ArgoCD reads from git. */
export const manifestPlan = z.object({
  operation: z.enum(['create', 'update', 'delete']),
  module: z.string(),
  object: z.string().describe('Kind/namespace/name'),
  path: z.string().describe('below the environment’s directory'),
  diff: z.string().describe('unified diff; data of Secrets is masked'),
});

export const chartUse = z.object({
  chart: z.string(),
  version: z.string(),
  origin: z.enum(['directory', 'cache', 'stand-in']),
  place: z.string(),
});

/**
 * What a plan was made from, to see later whether the world is still the same. Values are SHA-256 in hex, keys are sorted.
 * Those of files and of deployed resources are keyed (HMAC), so that no secret in them can be found by trying.
 */
export const fingerprint = z.object({
  program: z.string().describe('of kubezero itself: its sources and the packages it is locked to'),
  files: z.record(z.string(), z.string()).describe('of the environment, by path below the environments directory'),
  written: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe('other digests that files have once the plan is under way, since it writes them itself'),
  charts: z.record(z.string(), z.string()).describe('by `<chart> <version>`'),
  stacks: z
    .record(z.string(), z.record(z.string(), z.string()))
    .describe('by stack and URN: each resource as deployed'),
  key: z
    .object({ stack: z.string(), sealed: z.string() })
    .optional()
    .describe(
      'what digests are keyed with, encrypted as a secret of this stack; absent where nothing is deployed: then they are not keyed',
    ),
});
export type Fingerprint = z.infer<typeof fingerprint>;

/** In the order of weight: the first that applies is the outcome. */
export const outcomes = ['failed', 'guarded', 'blocked', 'drift', 'changes', 'no-changes'] as const;

export const verdict = z.object({
  outcome: z.enum(outcomes),
  exit: z.int().describe('exit code of the command'),
  text: z.string().describe('one line for a reviewer'),
});
export type Verdict = z.infer<typeof verdict>;

/** Everything that is pending in one environment: what `kubezero preview` and `kubezero drift` find. */
export const environmentPlan = z.object({
  version: z.literal(planVersion),
  command: z.enum(['preview', 'drift']),
  environment: z.string(),
  at: z.iso.datetime(),
  commit: z
    .string()
    .optional()
    .describe('of the git repository the environment is in; with "+" where it has uncommitted changes'),
  release: z.object({
    files: z.enum(releaseIds).describe('that application.yaml is at'),
    deployed: z.enum(releaseIds).optional().describe('oldest that is deployed; absent: nothing is'),
  }),
  verdict,
  upgrade: upgradePlan.optional().describe('where the release of the files is not the deployed one'),
  stacks: z.array(stackPlan).describe('what `up` would change, at the deployed release'),
  manifests: z.array(manifestPlan).optional().describe('where ArgoCD delivers modules'),
  charts: z.array(chartUse),
  allowed: z
    .array(z.string())
    .optional()
    .describe('what may be deleted or replaced all the same, as named with --allow'),
  fingerprint: fingerprint.optional().describe('only in a pinned plan (--out)'),
});
export type EnvironmentPlan = z.infer<typeof environmentPlan>;
