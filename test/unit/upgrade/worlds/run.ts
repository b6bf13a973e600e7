import { type Gate, passGate } from '../../../../automation/live/gates/gate.ts';
import type { EventBody } from '../../../../automation/report/events.ts';
import type { UpgradeContext } from '../../../../automation/upgrade/context.ts';
import { runUpgrade, type UpgradeSetup } from '../../../../automation/upgrade/runner.ts';
import type { Environment } from '../../../../environment/environment.ts';
import { releases } from '../../../../releases/index.ts';
import type { StepAction } from '../../../../releases/upgrade.ts';
import { upgrade } from '../../../../releases/v1.22/upgrade.ts';
import { type Fault, Session } from './session.ts';
import type { World } from './world.ts';

export interface RunOptions {
  /** The run dies after this many changes. */
  killAfter?: number;
  faults?: Fault[];
  environment?: Partial<Environment>;
  options?: Partial<UpgradeSetup['options']>;
  /** Told of every event, and may change the world: something happens while the run is under way. */
  onEvent?: (event: EventBody) => void;
}

export interface Outcome {
  /** Steps that the run carried out. */
  changed: string[];
  error?: Error;
  killed: boolean;
  /** What it changed, in order. */
  effects: string[];
  events: EventBody[];
}

/** Runs the steps of these kinds in a world, as `kubezero upgrade` does. */
export async function run(
  world: World,
  kinds: StepAction['kind'][],
  { killAfter, faults, environment, options, onEvent }: RunOptions = {},
): Promise<Outcome> {
  const session = new Session({ killAfter, faults });
  const events: EventBody[] = [];
  const steps = upgrade.steps.filter(({ action }) => kinds.includes(action.kind));
  const report = (event: EventBody) => {
    events.push(event);
    onEvent?.(event);
  };
  const setup = { ...setupOf(world, session, { environment, options }), report } as UpgradeSetup;
  const outcome = { changed: [] as string[], killed: false, effects: session.effects, events };
  try {
    const { changed } = await runUpgrade(setup, steps);
    return { ...outcome, changed };
  } catch (error) {
    return { ...outcome, error: error as Error, killed: session.signal.aborted };
  }
}

function setupOf(world: World, session: Session, { environment = world.environment, options }: RunOptions): object {
  return {
    environment: { name: 'demo', directory: '/nowhere', delivery: 'pulumi', ...environment },
    workingTree: environment?.directory ?? '/nowhere',
    upgrade,
    from: releases['1.21'],
    to: releases['1.22'],
    ...world.open(session),
    options: {
      gateTimeoutSeconds: 300,
      crashSeconds: 60,
      drainTimeoutSeconds: 120,
      snapshotAgeSeconds: 3600,
      ...options,
    },
    signal: session.signal,
  };
}

/** What a part of a step is given, in a run of its own; `acts` gets what it reports. */
export function contextOf(world: World, options: RunOptions = {}) {
  const session = new Session(options);
  const acts: string[] = [];
  const context = {
    ...setupOf(world, session, options),
    report: () => undefined,
    act: (what: string, object: string) => acts.push(`${what} ${object}`),
    warn: (message: string) => acts.push(`warning: ${message}`),
    waiting: () => undefined,
    pass: (gate: Gate) =>
      passGate(gate, {
        issues: [],
        tolerance: async () => ({
          started: new Set(),
          finished: new Set(),
          moduleUpgraded: () => false,
          deployments: [],
        }),
        timeoutSeconds: 300,
        crashSeconds: 60,
        onWait: () => undefined,
        onTolerated: () => undefined,
        signal: session.signal,
      }).then(() => undefined),
  } as unknown as UpgradeContext;
  return { context, acts, effects: session.effects };
}

/** What a world has come to, as far as it must be the same however often the run was killed. */
export function endOf({ groups, nodes, stacks, git, harm, terminated, objects }: World) {
  return {
    harm,
    terminated: [...terminated].sort(),
    groups: [...groups.groups.values()].map(({ suspended, ...group }) => ({ ...group, suspended: [...suspended] })),
    /** Ever, so that nothing is doubled twice. */
    machines: groups.machines.size,
    live: [...groups.groups.keys()].flatMap((name) =>
      groups.live(name).map((machine) => ({ group: name, version: machine.version, protected: machine.protected })),
    ),
    nodes: [...nodes.nodes.values()]
      .map(({ name, version, ready, unschedulable }) => `${name} ${version} ${ready} ${unschedulable}`)
      .sort(),
    outputs: stacks.outputs,
    commits: git.commits.slice(0, git.pushed),
    unpushed: git.commits.length - git.pushed,
    left: ['Pod', 'Job', 'ConfigMap'].flatMap((kind) => objects.list(kind).map(({ metadata }) => metadata.name)),
  };
}

/** Seconds after which a world that nobody changes stays as it is. */
const settled = 60;

export interface KilledRun {
  /** The change after which the first run died. */
  after: string;
  end: ReturnType<typeof endOf>;
  error?: string;
}

/**
 * Runs steps once as they are, then in as many worlds as the run makes changes: killed after each of them, and run again.
 * @param pause  seconds between the kill and the next run
 */
export async function killedEverywhere(
  make: () => World,
  kinds: StepAction['kind'][],
  { pause = 0, ...options }: RunOptions & { pause?: number } = {},
): Promise<{ whole: ReturnType<typeof endOf>; killed: KilledRun[] }> {
  const world = make();
  const { effects, error } = await run(world, kinds, options);
  if (error) throw error;
  world.clock.pass(settled);
  const whole = structuredClone(endOf(world));
  const killed: KilledRun[] = [];
  for (let k = 1; k <= effects.length; k++) {
    const other = make();
    const first = await run(other, kinds, { ...options, killAfter: k });
    other.clock.pass(pause);
    const second = await run(other, kinds, options);
    other.clock.pass(settled);
    killed.push({ after: first.effects.at(-1)!, end: structuredClone(endOf(other)), error: second.error?.message });
  }
  return { whole, killed };
}

/** Killed runs that didn't come to the same end as the one that wasn't killed, each with what differs. */
export function different({ whole, killed }: Awaited<ReturnType<typeof killedEverywhere>>): object[] {
  return killed.flatMap(({ after, end, error }) => {
    const keys = (Object.keys(whole) as (keyof typeof whole)[]).filter(
      (key) => JSON.stringify(end[key]) !== JSON.stringify(whole[key]),
    );
    if (keys.length === 0 && !error) return [];
    return [{ after, error, ...Object.fromEntries(keys.map((key) => [key, end[key]])) }];
  });
}
