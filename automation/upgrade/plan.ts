import pMap from 'p-map';
import type { Environment } from '../../environment/environment.ts';
import { UserError } from '../../errors/index.ts';
import { releases } from '../../releases/index.ts';
import type { UpgradeStep } from '../../releases/upgrade.ts';
import { reasonOf } from '../live/kubernetes/client.ts';
import type { PlannedStep } from '../plan/document.ts';
import { clusterAway, isAway } from './cluster-away.ts';
import type { StepBehaviour, StepPreview, UpgradeContext } from './context.ts';
import { ForeseenStacks } from './foreseen.ts';
import type { UpgradeSetup } from './runner.ts';
import { describeError, previewUpdates, type StepUpdate } from './step-updates.ts';
import { behaviourOf } from './steps/index.ts';

/** What planning needs beside what a run does. */
export interface PlanSetup extends UpgradeSetup {
  /** A copy of the environment that may be changed: what follows the migration is planned on the migrated files. */
  environment: Environment;
}

/** What a plan knows of a step before the stacks are previewed. */
interface Outlook extends StepPreview {
  step: UpgradeStep;
  behaviour: StepBehaviour;
  done: boolean;
}

/** How many steps are looked at, and stacks previewed, at a time: previews mostly keep one core busy each. */
const sideBySide = 4;

/**
 * The plan of an upgrade: each step with what it changes by itself, so that the steps add up to the whole. Stacks are
 * previewed side by side, in the states that the steps take them to one after the other; what a step's preview shares with
 * the one before it is left out. Only reads: nothing is locked. What needs the cluster and can't be known without it is
 * said to be unknown.
 */
export async function planUpgrade(setup: PlanSetup, steps: UpgradeStep[]): Promise<PlannedStep[]> {
  const outlooks = new Map<string, Outlook>();
  const context = await checkedCluster(planningContext(setup), steps, outlooks);
  const look = async (step: UpgradeStep) => {
    setup.signal.throwIfAborted();
    outlooks.set(step.id, await outlookOf(step, context));
  };
  // The other steps are planned on the migrated application.yaml.
  const migrating = steps.filter(({ action }) => action.kind === 'application');
  for (const step of migrating) {
    await look(step);
    const { done, blockers, behaviour } = outlooks.get(step.id)!;
    if (!done && blockers.length === 0) await behaviour.run(context);
  }
  await pMap(
    steps.filter(({ id }) => !outlooks.has(id)),
    look,
    { concurrency: sideBySide },
  );

  const updates = await updatesOf(setup, steps, outlooks, context);
  const previews = await previewUpdates(updates, { stacks: setup.stacks, signal: setup.signal, sideBySide });
  return steps.map((step) => {
    const outlook = outlooks.get(step.id)!;
    const preview = previews.get(step.id);
    const stacks = preview?.stacks ?? [];
    const notes = [...outlook.notes, ...(preview?.notes ?? [])];
    const blockers = [...outlook.blockers, ...(preview?.blockers ?? [])];
    return {
      id: step.id,
      title: step.title,
      passage: step.passage,
      state: outlook.done ? 'done' : blockers.length > 0 ? 'blocked' : 'would-run',
      notes,
      blockers,
      stacks,
      gates: outlook.behaviour.gates(context).map(({ name }) => name),
      disruption: disruptionOf(step, setup.environment, stacks, outlook.done),
      undo: { ...step.undo, how: step.undo.how.replaceAll('<env>', setup.environment.name) },
    };
  });
}

function planningContext(setup: PlanSetup): UpgradeContext {
  const pass = () => Promise.reject(new Error('a plan passes no gate'));
  return { ...setup, pass, act: () => undefined, warn: () => undefined, waiting: () => undefined };
}

/**
 * Plans the step that checks the cluster. Where it can't be reached, or is another one, nothing more is asked of it.
 * @returns the context for the other steps
 */
async function checkedCluster(
  context: UpgradeContext,
  steps: UpgradeStep[],
  outlooks: Map<string, Outlook>,
): Promise<UpgradeContext> {
  const step = steps.find(({ action }) => action.kind === 'context');
  if (!step) return context;
  const behaviour = behaviourOf(step.action);
  const outlook: Outlook = { step, behaviour, done: false, notes: [], blockers: [] };
  let why: string | undefined;
  try {
    Object.assign(outlook, await behaviour.preview(context));
    if (outlook.blockers.length > 0) why = `the cluster isn’t asked: ${outlook.blockers.join('; ')}`;
  } catch (error) {
    context.signal.throwIfAborted();
    // Which errors there may be on the way to a cluster, from credentials to certificates, is nothing to list.
    why = isAway(error) ?? `the cluster can’t be reached: ${reasonOf(error)}`;
    outlook.notes.push(`not known: ${why}`);
  }
  outlooks.set(step.id, outlook);
  return why === undefined ? context : { ...context, cluster: clusterAway(context.cluster, why) };
}

async function outlookOf(step: UpgradeStep, context: UpgradeContext): Promise<Outlook> {
  const behaviour = behaviourOf(step.action);
  const outlook: Outlook = { step, behaviour, done: false, notes: [], blockers: [] };
  try {
    if (await behaviour.done(context)) return { ...outlook, done: true };
    return { ...outlook, ...(await behaviour.preview(context)) };
  } catch (error) {
    context.signal.throwIfAborted();
    const away = isAway(error);
    if (away) return { ...outlook, notes: [`not known: ${away}`] };
    if (!(error instanceof UserError)) throw error;
    return { ...outlook, blockers: [describeError(error)] };
  }
}

/** The states that the steps take stacks to, in their order. */
async function updatesOf(
  { environment, stacks }: PlanSetup,
  steps: UpgradeStep[],
  outlooks: ReadonlyMap<string, Outlook>,
  context: UpgradeContext,
): Promise<StepUpdate[]> {
  const foreseen = new ForeseenStacks(environment, stacks);
  const updates: StepUpdate[] = [];
  let kubernetesVersion: string | undefined;
  for (const { id } of steps) {
    const { behaviour, done } = outlooks.get(id)!;
    if (done || !behaviour.target) continue;
    // Where a stack isn't deployed, the step is blocked for that already.
    const target = await behaviour.target({ ...context, stacks: foreseen }).catch(unlessUserError);
    if (!target) continue;
    foreseen.reach(target);
    if (target.layer === 'controllers') ({ kubernetesVersion } = releases[target.desired.release]!);
    updates.push({ step: id, ...target, ...(target.layer === 'modules' ? { kubernetesVersion } : {}) });
  }
  return updates;
}

function disruptionOf(
  { disruption: { what, minutes = [0, 0], perController = [0, 0], perWorker = [0, 0] } }: UpgradeStep,
  { controllers, workers }: Environment,
  stacks: PlannedStep['stacks'],
  done: boolean,
): PlannedStep['disruption'] {
  const machines = workers.reduce((sum, { desired }) => sum + desired, 0);
  const [from, to] = ([0, 1] as const).map(
    (side) => minutes[side] + controllers.zones.length * perController[side] + machines * perWorker[side],
  ) as [number, number];
  const restarts = stacks.flatMap(({ changes }) => changes.flatMap((change) => change.restarts ?? []));
  return { what, ...(to > 0 && !done ? { minutes: [from, to] } : {}), restarts: [...new Set(restarts)] };
}

function unlessUserError(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
