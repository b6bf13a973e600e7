import type { StepAction } from '../../../releases/upgrade.ts';
import type { StepBehaviour } from '../context.ts';
import { application } from './application.ts';
import { context } from './context.ts';
import { controlPlane } from './control-plane.ts';
import { controllersReboot } from './controllers-reboot.ts';
import { gitops } from './gitops.ts';
import { launchTemplates } from './launch-templates.ts';
import { crds, modules } from './modules.ts';
import { preconditions } from './preconditions.ts';
import { workersDrain, workersReset, workersSurge } from './workers.ts';

/** What each kind of step does. The order, titles and parameters are data of the release (releases/<version>/upgrade.ts). */
export function behaviourOf(action: StepAction): StepBehaviour {
  switch (action.kind) {
    case 'context':
      return context;
    case 'preconditions':
      return preconditions;
    case 'application':
      return application;
    case 'crds':
      return crds(action);
    case 'modules':
      return modules(action);
    case 'control-plane':
      return controlPlane(action);
    case 'launch-templates':
      return launchTemplates(action.layer);
    case 'controllers-reboot':
      return controllersReboot;
    case 'gitops':
      return gitops;
    case 'workers-surge':
      return workersSurge;
    case 'workers-drain':
      return workersDrain;
    case 'workers-reset':
      return workersReset;
  }
}
