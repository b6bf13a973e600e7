import type { V1Deployment } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../errors/index.ts';
import type { UpgradeStep } from '../../releases/upgrade.ts';
import { type Gate, passGate } from '../live/gates/gate.ts';
import type { ToleranceState } from '../live/gates/known-issues.ts';
import type { Wait } from '../live/kubernetes/health.ts';
import type { RunTiming } from '../report/events.ts';
import type { StepBehaviour, UpgradeContext } from './context.ts';
import { type AskedSteps, notDoneYet, selectSteps } from './selection.ts';
import { behaviourOf } from './steps/index.ts';

export interface UpgradeResult {
  /** Steps that this run carried out; empty where everything was done before. */
  changed: string[];
  /** Known issues that gates tolerated. */
  tolerated: string[];
  /** First step after those asked for that the world doesn't show as done; absent: nothing is left. */
  next?: string;
  timing: RunTiming;
}

/** Everything a run needs but the parts that the runner itself provides to the steps. */
export type UpgradeSetup = Omit<UpgradeContext, 'pass' | 'act' | 'warn' | 'waiting'> & {
  /** Told of a step that is about to run, after it was found not to be done; may refuse it. */
  onStep?: (step: UpgradeStep) => void;
  /** File of the pinned plan that the run is held to, for messages. */
  plan?: string;
};

/**
 * Runs the steps in order. Each is asked first whether the world already shows its result: a run that was killed goes
 * on where the world is. After a step its gates are awaited; the gates of the last step found done are awaited again,
 * since an earlier run may have been killed while it waited for them.
 * @param asked  the part of the upgrade to run; what comes before it must be done. Default: all of it.
 * @throws UserError at the step that failed, with what the cluster's state is and how to go on.
 */
export async function runUpgrade(
  setup: UpgradeSetup,
  steps: UpgradeStep[],
  asked: AskedSteps = {},
): Promise<UpgradeResult> {
  const { steps: listed, mustBeDone, later, partial } = selectSteps(steps, asked);
  const { report } = setup;
  const run = new Run(setup);
  for (const { id, title, passage } of listed) report({ type: 'step-pending', id, title, passage });
  // Of all steps, whatever is asked for: what a known issue belongs to may have run in an earlier part.
  const shown = await run.lookAhead(steps);
  if (!partial && changing(steps).every((step) => shown.has(step.id))) {
    for (const { id, title } of steps) report({ type: 'step-finished', id, title, outcome: 'already-done' });
    return { changed: [], tolerated: [], timing: run.timing() };
  }

  const before = changing(listed.slice(0, mustBeDone));
  let lastDone: UpgradeStep | undefined;
  for (const step of listed) {
    const { id, title, passage } = step;
    const label = { id, title, passage };
    setup.signal.throwIfAborted();
    // Once it is known to be the right cluster, and before anything is changed.
    const missing = step.action.kind === 'context' ? undefined : before.find((one) => !shown.has(one.id));
    if (missing) throw notDoneYet(missing, listed[mustBeDone]!, commandOf(setup));
    report({ type: 'step-started', ...label });
    try {
      const behaviour = behaviourOf(step.action);
      if (await behaviour.done(run.contextOf(step))) {
        run.finish(step);
        lastDone = step;
        // What comes next is for another run to begin with.
        if (partial && step === listed.at(-1)) await run.passGates(step, behaviour);
        report({ type: 'step-finished', ...label, outcome: 'already-done' });
        continue;
      }
      if (before.includes(step)) throw notDoneYet(step, listed[mustBeDone]!, commandOf(setup));
      if (lastDone) await run.passGates(lastDone, behaviourOf(lastDone.action));
      lastDone = undefined;
      setup.onStep?.(step);
      await run.step(step, behaviour);
      report({ type: 'step-finished', ...label, outcome: 'changed' });
    } catch (error) {
      const reason = setup.signal.aborted ? 'interrupted' : (error as Error).message;
      report({ type: 'step-finished', ...label, outcome: 'failed', detail: reason });
      throw atStep(error, step, setup);
    }
  }
  const next = changing(later).find(({ id }) => !shown.has(id))?.id;
  return {
    changed: run.changed,
    tolerated: [...run.tolerated],
    ...(next === undefined ? {} : { next }),
    timing: run.timing(),
  };
}

/** The command that runs this upgrade, to name in advice. */
export function commandOf({
  environment,
  to,
  upgrade,
  plan,
}: Pick<UpgradeSetup, 'environment' | 'to' | 'upgrade' | 'plan'>): string {
  if (plan) return `kubezero upgrade ${environment.name} --plan ${plan}`;
  const surge = upgrade.steps.findIndex(({ action }) => action.kind === 'workers-surge');
  const surgeFirst = upgrade.steps[surge + 1]?.id === upgrade.surgeFirstBefore;
  return `kubezero upgrade ${environment.name} --to ${to.id}${surgeFirst ? ' --surge-first' : ''}`;
}

/** Steps that change something; the others look at the world anew in every run. */
function changing(steps: UpgradeStep[]): UpgradeStep[] {
  return steps.filter(({ action }) => action.kind !== 'context' && action.kind !== 'preconditions');
}

class Run {
  readonly changed: string[] = [];
  readonly tolerated = new Set<string>();
  readonly #started = new Set<string>();
  readonly #finished = new Set<string>();
  readonly #setup: UpgradeSetup;
  /** Milliseconds in gates, and in steps beside the engine and gates. */
  #gates = 0;
  #actions = 0;

  constructor(setup: UpgradeSetup) {
    this.#setup = setup;
  }

  /** Counted from the start of the process: what it takes to get going is overhead too. */
  timing(): RunTiming {
    const total = performance.now() / 1000;
    const { engineSeconds: engine } = this.#setup.stacks;
    const [gates, actions] = [this.#gates / 1000, this.#actions / 1000];
    return { total, engine, gates, actions, overhead: total - engine - gates - actions };
  }

  contextOf(step: UpgradeStep): UpgradeContext {
    const { report } = this.#setup;
    return {
      ...this.#setup,
      pass: (gate) => this.#pass(step, gate, this.#finished),
      act: (what, object) => report({ type: 'action', what, object, step: step.id }),
      warn: (message) => report({ type: 'warning', message, step: step.id }),
      waiting: (what, waits) => this.#reportWaits(step, what, waits),
    };
  }

  #reportWaits(step: UpgradeStep, gate: string, waits: Wait[]): void {
    if (waits.length === 0) return;
    const shown = waits.map(({ object, reason }) => ({ object, reason }));
    this.#setup.report({ type: 'gate-waiting', step: step.id, gate, waits: shown });
  }

  /**
   * Which steps the world shows the result of, whatever their place: an earlier run got that far. A known issue that
   * such a step brings is tolerated from the start, also at the gates of the steps before it.
   */
  async lookAhead(steps: UpgradeStep[]): Promise<ReadonlySet<string>> {
    for (const step of changing(steps)) {
      if (await behaviourOf(step.action).done(this.contextOf(step))) this.#started.add(step.id);
    }
    return new Set(this.#started);
  }

  finish({ id }: UpgradeStep): void {
    this.#started.add(id);
    this.#finished.add(id);
  }

  async step(step: UpgradeStep, behaviour: StepBehaviour): Promise<void> {
    this.#started.add(step.id);
    const { stacks } = this.#setup;
    const [started, gates, engine] = [performance.now(), this.#gates, stacks.engineSeconds];
    await behaviour.run(this.contextOf(step));
    this.#actions += performance.now() - started - (this.#gates - gates) - (stacks.engineSeconds - engine) * 1000;
    await this.passGates(step, behaviour);
    this.finish(step);
    if (changing([step]).length > 0) this.changed.push(step.id);
  }

  /** The last gates of a step: what the step cures is no longer tolerated. */
  async passGates(step: UpgradeStep, behaviour: StepBehaviour): Promise<void> {
    const finished = new Set([...this.#finished, step.id]);
    for (const gate of behaviour.gates(this.contextOf(step))) await this.#pass(step, gate, finished);
  }

  async #pass(step: UpgradeStep, gate: Gate, finished: ReadonlySet<string>): Promise<void> {
    const { upgrade, options, signal, report } = this.#setup;
    const started = performance.now();
    const seen = await passGate(gate, {
      issues: upgrade.knownIssues,
      tolerance: () => this.#tolerance(finished),
      timeoutSeconds: options.gateTimeoutSeconds,
      crashSeconds: options.crashSeconds,
      signal,
      onWait: (waits) => this.#reportWaits(step, gate.name, waits),
      onTolerated: (tolerated) => {
        for (const issue of new Set(tolerated.map((entry) => entry.issue))) {
          const objects = tolerated.filter((entry) => entry.issue === issue).map(({ wait }) => wait.object);
          const until = issue.until ?? `module ${issue.untilModule} is upgraded`;
          report({ type: 'tolerated', step: step.id, issue: issue.id, objects, until });
        }
      },
    });
    this.#gates += performance.now() - started;
    for (const id of seen) this.tolerated.add(id);
    report({ type: 'gate-passed', step: step.id, gate: gate.name });
  }

  async #tolerance(finished: ReadonlySet<string>): Promise<ToleranceState> {
    const { stacks, cluster, to } = this.#setup;
    const { releases } = await stacks.deployed('modules');
    const deployments: V1Deployment[] = (await cluster.apps.listDeploymentForAllNamespaces()).items;
    return {
      started: this.#started,
      finished,
      moduleUpgraded: (module) => releases[module as keyof typeof releases] === to.id,
      deployments,
    };
  }
}

/** Adds to an error which step it stopped, and how to go on. */
function atStep(error: unknown, step: UpgradeStep, { environment, signal }: UpgradeSetup): unknown {
  const again = `kubezero upgrade ${environment.name} goes on from step ${step.id}`;
  if (signal.aborted && !(signal.reason instanceof UserError)) {
    return new UserError(`interrupted at step ${step.id}`, {
      state: 'the cluster keeps serving; finished steps stay finished',
      fix: again,
      exitCode: exitCode.interrupted,
    });
  }
  const reason = signal.reason instanceof UserError ? signal.reason : error;
  if (!(reason instanceof UserError)) return reason;
  return new UserError(`step ${step.id} stopped: ${reason.message}`, {
    where: reason.where,
    state: reason.state ?? 'the cluster keeps serving; finished steps stay finished',
    fix: reason.fix ?? `mend the cause; ${again}`,
    exitCode: reason.exitCode,
    cause: reason,
  });
}
