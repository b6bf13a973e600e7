import type { Release } from '../../releases/release.ts';
import type { Upgrade } from '../../releases/upgrade.ts';
import type { Environment } from '../../stacks/environment.ts';
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

/**
 * One step of the upgrade. `done` and `preview` only read; `run` may be repeated at any time and goes on where the
 * world is; then the gates are awaited.
 */
export interface StepBehaviour {
  /** Whether the world already shows this step's result. */
  done(context: UpgradeContext): Promise<boolean>;
  /** What the step would change, a line each; for `--dry-run`. */
  preview(context: UpgradeContext): Promise<string[]>;
  run(context: UpgradeContext): Promise<void>;
  gates(context: UpgradeContext): Gate[];
}
