import type { Release } from '../../releases/release.ts';
import type { Upgrade } from '../../releases/upgrade.ts';
import type { Environment } from '../../stacks/environment.ts';
import type { DesiredState } from '../../stacks/outputs.ts';
import type { Cluster } from '../cluster/client.ts';
import type { Wait } from '../cluster/health.ts';
import type { Gate } from '../gates/gate.ts';
import type { WaitingTimes } from '../gates/waiting-times.ts';
import type { Report } from '../report/events.ts';
import type { Stacks } from '../stack/driver.ts';

/** What every step works with. */
export interface UpgradeContext {
  environment: Environment;
  /** Directory inside the git working tree that application.yaml is committed in: the environments directory. */
  workingTree: string;
  upgrade: Upgrade;
  from: Release;
  to: Release;
  cluster: Cluster;
  stacks: Stacks;
  options: WaitingTimes;
  /** What may be deleted or replaced though it holds data, as given with `--allow`. */
  allow?: readonly string[];
  signal: AbortSignal;
  report: Report;
  /** Waits for a gate in the middle of a step. */
  pass(gate: Gate): Promise<void>;
  /** Reports an action on a live object, e.g. `terminate`, `Instance i-…`. */
  act(what: string, object: string): void;
  /** Reports what an action waits for, e.g. which pods keep a node from being empty; shown as a gate's waits are. */
  waiting(what: string, waits: Wait[]): void;
  warn(message: string): void;
}

/** What a step would do, as far as it can be looked up without changing anything. */
export interface StepPreview {
  /** What it does beside the update of a stack, a line each. */
  notes: string[];
  /** What stands in its way, a line each. */
  blockers: string[];
}

/** A state that a step takes a stack to. */
export type StackTarget = {
  [L in keyof DesiredState]: { layer: L; desired: DesiredState[L] };
}[keyof DesiredState];

/**
 * One step of the upgrade. All but `run` only read; `run` may be repeated at any time and goes on where the world is;
 * then the gates are awaited.
 */
export interface StepBehaviour {
  /** Whether the world already shows this step's result. */
  done(context: UpgradeContext): Promise<boolean>;
  /**
   * The state that the step takes a stack to, from what `stacks` says is deployed: for plans, that is what the steps
   * before it lead to. Reads stacks and files alone, never the cluster. Absent: the step updates none.
   */
  target?(context: UpgradeContext): Promise<StackTarget | undefined>;
  /** What it would do beside that, to the world as it is now. */
  preview(context: UpgradeContext): Promise<StepPreview>;
  run(context: UpgradeContext): Promise<void>;
  /** Awaited after it. Their names are known without asking anybody. */
  gates(context: UpgradeContext): Gate[];
}
