import type { Environment } from '../../environment/environment.ts';
import type { DesiredState } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';
import type { Upgrade } from '../../releases/upgrade.ts';
import type { Engine } from '../engine/engine.ts';
import type { StackOutputs, StackWriter } from '../engine/stacks.ts';
import type { Aws } from '../live/aws/index.ts';
import type { Gate } from '../live/gates/gate.ts';
import type { WaitingTimes } from '../live/gates/waiting-times.ts';
import type { Git } from '../live/git.ts';
import type { Cluster } from '../live/kubernetes/client.ts';
import type { Wait } from '../live/kubernetes/health.ts';
import type { Report } from '../report/events.ts';

/** What every step works with. */
export interface UpgradeContext {
  environment: Environment;
  /** Directory inside the git working tree that application.yaml is committed in: the environments directory. */
  workingTree: string;
  upgrade: Upgrade;
  from: Release;
  to: Release;
  cluster: Cluster;
  aws: Aws;
  git: Git;
  stacks: StackWriter;
  engine: Engine;
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

/** What a step's target follows from: of the world after the steps before it, only what stacks export is known. */
export type TargetContext = Pick<UpgradeContext, 'environment' | 'to' | 'upgrade'> & { stacks: StackOutputs };

/**
 * One step of the upgrade. All but `run` only read; `run` may be repeated at any time and goes on where the world is;
 * then the gates are awaited.
 */
export interface StepBehaviour {
  /** Whether the world already shows this step's result. */
  done(context: UpgradeContext): Promise<boolean>;
  /**
   * The state that the step takes a stack to, from what `stacks` says is deployed: for plans, that is what the steps
   * before it lead to. Absent: the step updates none.
   */
  target?(context: TargetContext): Promise<StackTarget | undefined>;
  /** What it would do beside that, to the world as it is now. */
  preview(context: UpgradeContext): Promise<StepPreview>;
  run(context: UpgradeContext): Promise<void>;
  /** Awaited after it. Their names are known without asking anybody. */
  gates(context: UpgradeContext): Gate[];
}
