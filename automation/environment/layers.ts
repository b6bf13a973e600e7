import type { Layer } from '../../stacks/outputs.ts';
import { countChanges } from '../changes/counts.ts';
import type { StackPlan } from '../changes/schema.ts';
import type { Report } from '../report/events.ts';

/** What each layer is called in the list of a run. */
export const titles: Record<Layer, string> = {
  network: 'Network: VPC, subnets, DNS zone, backup bucket, roles',
  controllers: 'Controllers: etcd volumes, launch templates, one group per zone',
  workers: 'Workers: a launch template and group per worker group',
  modules: 'Modules: what runs in the cluster',
};

/** Reports what an update of a layer's stack changed. */
export function reportUpdate(plan: StackPlan, report: Report): void {
  report({
    type: 'stack-update',
    stack: plan.stack,
    step: plan.layer,
    preview: false,
    changes: countChanges(plan),
  });
}
