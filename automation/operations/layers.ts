import type { Layer } from '../../environment/outputs.ts';
import { exitCodeOf } from '../../errors/index.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import { updateEvents } from '../engine/changes/update-events.ts';
import type { Report } from '../report/events.ts';

/** What each layer is called in the list of a run. */
export const titles: Record<Layer, string> = {
  network: 'Network: VPC, subnets, DNS zone, backup bucket, roles',
  controllers: 'Controllers: etcd volumes, launch templates, one group per zone',
  workers: 'Workers: a launch template and group per worker group',
  modules: 'Modules: what runs in the cluster',
};

/** Reports what an update of a layer's stack changed, and which policies it violates all the same. */
export function reportUpdate(plan: StackPlan, report: Report): void {
  for (const event of updateEvents(plan, { step: plan.layer, preview: false })) report(event);
}

/**
 * Reports that a layer failed, or was interrupted, and the run with it.
 * @param what  subject of the run's last sentence, e.g. `demo: destroying network`
 */
export function reportFailure(layer: Layer, what: string, error: unknown, signal: AbortSignal, report: Report): void {
  const { aborted } = signal;
  const detail = aborted ? 'interrupted' : (error as Error).message.split('\n')[0];
  report({ type: 'step-finished', id: layer, title: titles[layer], outcome: 'failed', detail });
  report({
    type: 'run-finished',
    exit: exitCodeOf(error, signal),
    summary: `${what} ${aborted ? 'was interrupted' : 'failed'}`,
  });
}
