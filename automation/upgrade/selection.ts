import { exitCode, UserError } from '../../errors/index.ts';
import { nearest } from '../../errors/nearest.ts';
import type { UpgradeStep } from '../../releases/upgrade.ts';

/** Steps as they are asked for on the command line, by id. All absent: the whole upgrade. */
export interface AskedSteps {
  /** The last one to run. */
  until?: string;
  /** The first one to run; those before it must be done. */
  from?: string;
  /** The only one to run; those before it must be done. */
  only?: string;
}

/** The part of an upgrade that a run is about. */
export interface Selection {
  /** Everything up to the last step to run, in order: what is before the first one must be done. */
  steps: UpgradeStep[];
  /** Of `steps`, how many must be done. The context and the preconditions are checked in any case. */
  mustBeDone: number;
  /** Steps that come after it. */
  later: UpgradeStep[];
  /** Whether steps were asked for. */
  partial: boolean;
}

/**
 * The steps that are asked for.
 * @throws UserError (exit code 3) for a step that there isn't, or options that contradict each other.
 */
export function selectSteps(steps: UpgradeStep[], { until, from, only }: AskedSteps): Selection {
  if (only !== undefined && (until !== undefined || from !== undefined))
    throw refuse(
      `--only and ${until === undefined ? '--from' : '--until'} exclude each other`,
      'leave one of them out',
    );
  const first = positionOf(steps, only ?? from, only === undefined ? '--from' : '--only') ?? 0;
  const last = positionOf(steps, only ?? until, only === undefined ? '--until' : '--only') ?? steps.length - 1;
  if (first > last)
    throw refuse(`--from ${from} comes after --until ${until}`, `the order is: ${ids(steps.slice(last, first + 1))}`);
  return {
    steps: steps.slice(0, last + 1),
    mustBeDone: first,
    later: steps.slice(last + 1),
    partial: [until, from, only].some((asked) => asked !== undefined),
  };
}

function positionOf(steps: UpgradeStep[], id: string | undefined, option: string): number | undefined {
  if (id === undefined) return undefined;
  const position = steps.findIndex((step) => step.id === id);
  if (position >= 0) return position;
  const guess = nearest(
    id,
    steps.map((step) => step.id),
  );
  throw refuse(
    `there is no step ${id}: ${option}`,
    `${guess ? `did you mean ${guess}? ` : ''}Steps are: ${ids(steps)}`,
  );
}

function ids(steps: UpgradeStep[]): string {
  return steps.map(({ id }) => id).join(', ');
}

function refuse(message: string, fix: string): UserError {
  return new UserError(message, { where: 'command line', state: 'nothing was touched', fix });
}

/** A step that the first one asked for builds on isn't done. */
export function notDoneYet(missing: UpgradeStep, asked: UpgradeStep, command: string): UserError {
  return new UserError(`step ${missing.id} isn’t done, and ${asked.id} comes after it`, {
    where: `step ${missing.id}`,
    state: 'nothing was changed',
    fix: `run: ${command} --only ${missing.id}`,
    exitCode: exitCode.blocked,
  });
}
