import { UserError } from '../../errors/index.ts';
import type { UpgradeStep } from '../../releases/upgrade.ts';
import type { UpgradeSetup } from './runner.ts';
import { behaviourOf } from './steps/index.ts';

/** What `--dry-run` says of one step. */
export interface PlannedStep {
  id: string;
  title: string;
  /** `blocked`: the step (or one before it) can't run as things are. */
  state: 'done' | 'would-run' | 'blocked';
  /** What would change, or what blocks it, a line each. */
  lines: string[];
}

/** The plan of an upgrade. Only reads: stacks are previewed, the cluster is asked, nothing is locked. */
export async function planUpgrade(
  setup: UpgradeSetup,
  steps: UpgradeStep[],
  onStep: (step: PlannedStep) => void,
): Promise<PlannedStep[]> {
  const refuse = () => Promise.reject(new Error('a plan passes no gate'));
  const context = { ...setup, pass: refuse, act: () => undefined, warn: () => undefined, waiting: () => undefined };
  const planned: PlannedStep[] = [];
  for (const { id, title, action } of steps) {
    setup.signal.throwIfAborted();
    const step = await planStep();
    planned.push(step);
    onStep(step);

    async function planStep(): Promise<PlannedStep> {
      try {
        const behaviour = behaviourOf(action);
        if (await behaviour.done(context)) return { id, title, state: 'done', lines: [] };
        const lines = await behaviour.preview(context);
        // The plan's environment is a copy: what follows is planned on the migrated application.yaml.
        if (action.kind === 'application') await behaviour.run(context);
        return {
          id,
          title,
          state: lines.some((line) => line.startsWith('blocked: ')) ? 'blocked' : 'would-run',
          lines,
        };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { id, title, state: 'blocked', lines: [`blocked: ${error.message}`] };
      }
    }
  }
  return planned;
}
