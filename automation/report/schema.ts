import { z } from 'zod';
import { releaseIds } from '../../releases/release.ts';
import { eventsVersion } from './version.ts';

/**
 * Every event of a run, as plain JSON: what `--json` prints, a line each, and what all other views are drawn from.
 * docs/schemas/events-v1.schema.json is made of it; docs/events.md says what consumers may rely on.
 */

const at = z.iso.datetime().describe('when it happened: ISO 8601, UTC, milliseconds');
const step = z.string().optional().describe('id of the step it belongs to; absent: the one that is running');

export const stepOutcomes = ['already-done', 'changed', 'failed', 'skipped'] as const;

export const changeCounts = z
  .object({
    create: z.int(),
    update: z.int(),
    replace: z.int(),
    delete: z.int(),
    move: z.int().optional().describe('kept in another place or form of the stack’s state; absent: none'),
    same: z.int(),
  })
  .describe('how many resources of a stack an update created, updated, replaced, deleted, or left as they were');

export const resourceOperations = [
  'create',
  'update',
  'replace',
  'delete',
  'read',
  'import',
  'move',
  'refresh',
] as const;

export const wait = z.object({
  object: z.string().describe('`Pod logging/elastic-operator-0`, `Node ip-10-0-1-10`, `etcd member demo-controller-a`'),
  reason: z.string().describe('`CrashLoopBackOff`, `not Ready at v1.22.8`'),
});

/** A step as it is announced: the same in pending, started and finished. */
export const stepLabel = z.object({
  id: z.string().describe('unique in its run, e.g. `controllers-reboot`'),
  title: z.string(),
  passage: z
    .string()
    .optional()
    .describe('of the release notes that it implements, e.g. `5. Reboot controller(s) one by one`'),
});

export const chartUse = z.object({
  chart: z.string(),
  version: z.string(),
  origin: z
    .enum(['directory', 'cache', 'stand-in'])
    .describe('`directory`: one that was given; `stand-in`: it only has the names of upstream’s'),
  place: z.string().describe('directory it was found in'),
});

export const runTiming = z
  .object({
    total: z.number(),
    engine: z.number().describe('Pulumi: updates, previews, reading outputs'),
    gates: z.number().describe('waiting for gates'),
    actions: z.number().describe('actions on live machines and objects: drains, backups, replacements'),
    overhead: z.number().describe('what is left: this program itself'),
  })
  .describe('seconds of a run by what they were spent on');

export const runStarted = z
  .object({
    type: z.literal('run-started'),
    version: z.literal(eventsVersion).describe('of this format'),
    command: z.string().describe('`upgrade`, `up`, `destroy`, `rehearse`, ...'),
    environment: z.string(),
    release: z
      .object({ from: z.enum(releaseIds).optional(), to: z.enum(releaseIds).optional() })
      .optional()
      .describe('of upgrades'),
  })
  .describe('A run begins. A run may hold others (a rehearsal runs `up` and `upgrade`), within one of its steps.');

export const stepPending = stepLabel
  .extend({ type: z.literal('step-pending') })
  .describe('A step that the run will come to. All are announced before the first starts.');

export const stepStarted = stepLabel.extend({ type: z.literal('step-started') }).describe('A step begins.');

export const stepFinished = stepLabel
  .extend({
    type: z.literal('step-finished'),
    outcome: z.enum(stepOutcomes),
    detail: z.string().optional().describe('why it failed or was skipped, or what it found done: one sentence'),
  })
  .describe('A step has ended. `skipped`: this run leaves it out, as with `--only`. It may never have started.');

export const stackUpdate = z
  .object({
    type: z.literal('stack-update'),
    stack: z.string(),
    changes: changeCounts,
    preview: z.boolean().optional().describe('true: only previewed'),
    seconds: z.number().optional().describe('that the engine took'),
    step,
  })
  .describe('The engine has finished an update (or a preview) of one stack.');

export const resource = z
  .object({
    type: z.literal('resource'),
    stack: z.string(),
    op: z.enum(resourceOperations),
    urn: z.string(),
    name: z.string().describe('last part of the URN'),
    step,
  })
  .describe('The engine is changing one resource. Resources that stay as they are give no event.');

export const policyViolation = z
  .object({
    type: z.literal('policy-violation'),
    stack: z.string(),
    pack: z.string(),
    policy: z.string(),
    level: z.enum(['mandatory', 'advisory']).describe('`mandatory`: the update is refused, exit code 7'),
    message: z.string(),
    resource: z.string().optional().describe('URN'),
    step,
  })
  .describe('An update violates a policy of one of Pulumi’s policy packs.');

export const planPinned = z
  .object({
    type: z.literal('plan-pinned'),
    file: z.string(),
    planned: z.iso.datetime().optional().describe('when the plan was made'),
    stacks: z.array(z.string()).describe('stacks that the run is held to it in'),
  })
  .describe('The world is as it was when the plan of `--plan` was made; the run does that and nothing else.');

export const gateWaiting = z
  .object({
    type: z.literal('gate-waiting'),
    step: z.string(),
    gate: z.string().describe('what it is about: `all pods running`, `API serves 1.22.8`'),
    waits: z.array(wait),
  })
  .describe('A gate has looked and is not satisfied. Sent on every look.');

export const tolerated = z
  .object({
    type: z.literal('tolerated'),
    step: z.string(),
    issue: z.string().describe('id of the known issue, e.g. `elastic-operator-crash-loop`'),
    objects: z.array(z.string()),
    until: z.string().describe('step that cures it'),
  })
  .describe('A known issue is present, and tolerated by a gate.');

export const gatePassed = z
  .object({ type: z.literal('gate-passed'), step: z.string(), gate: z.string() })
  .describe('A gate is satisfied.');

export const action = z
  .object({ type: z.literal('action'), what: z.string(), object: z.string(), step })
  .describe(
    'Something is done to the live cluster or its cloud: `drain` `Node ip-10-0-1-10`, `terminate` `Instance i-0abc`.',
  );

export const warning = z
  .object({
    type: z.literal('warning'),
    message: z.string(),
    where: z.string().optional().describe('file and path, or object'),
    step,
  })
  .describe('Something the operator should know that stops nothing.');

export const chartsUsed = z
  .object({ type: z.literal('charts'), charts: z.array(chartUse) })
  .describe('The charts that the run has rendered.');

export const runFinished = z
  .object({
    type: z.literal('run-finished'),
    exit: z.int().describe('exit code of the command'),
    summary: z.string().describe('one line: `demo is at 1.22, 14 steps, 2 tolerated issues, all gone`'),
    timing: runTiming.optional().describe('where the time went, of an upgrade'),
  })
  .describe('A run has ended, well or not. Missing where it was killed.');

export const failed = z
  .object({
    type: z.literal('error'),
    version: z.literal(eventsVersion).describe('of this format: also commands without a run end with it'),
    exit: z.int().describe('exit code of the command'),
    message: z.string(),
    where: z.string().optional().describe('file and path, or object, that it is about'),
    state: z.string().optional().describe('what state the environment is in'),
    fix: z.string().optional().describe('what to run or change next'),
    stack: z.string().optional().describe('only of a bug in kubezero: where in its code'),
  })
  .describe(
    'Why the command failed: what it also says on stderr. The last line of every command that fails; one line each where several things are wrong.',
  );

export const eventSchemas = [
  runStarted,
  stepPending,
  stepStarted,
  stepFinished,
  stackUpdate,
  resource,
  policyViolation,
  planPinned,
  gateWaiting,
  tolerated,
  gatePassed,
  action,
  warning,
  chartsUsed,
  runFinished,
  failed,
] as const;

/** An event before it is stamped with its time. */
export const eventBody = z.discriminatedUnion('type', eventSchemas);

const stamped = <Schema extends z.ZodObject>(schema: Schema) =>
  schema.extend({ at }).describe(schema.description ?? '');

/** An event as it leaves the process. */
export const event = z
  .discriminatedUnion('type', eventSchemas.map(stamped) as unknown as typeof eventSchemas)
  .describe('One line of what `kubezero --json` prints while it runs.');
