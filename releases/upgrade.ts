import type { ReleaseId } from './definition.ts';
import type { ModuleId } from './module-ids.ts';

/** What a step does; the upgrade (automation/upgrade/steps/) has one implementation per kind. */
export type StepAction =
  | { kind: 'context' }
  | { kind: 'preconditions' }
  | { kind: 'application' }
  /** CRDs of these modules to the new release; only where `ifCrdExists` is in the cluster. */
  | { kind: 'crds'; modules: ModuleId[]; ifCrdExists?: string }
  /** These modules (without CRDs) to the new release. */
  | { kind: 'modules'; modules: ModuleId[] }
  | { kind: 'control-plane'; modules: ModuleId[]; restartDaemonSets: string[] }
  | { kind: 'launch-templates'; layer: 'controllers' | 'workers' }
  | { kind: 'controllers-reboot' }
  | { kind: 'gitops' }
  | { kind: 'workers-surge' }
  | { kind: 'workers-drain' }
  | { kind: 'workers-reset' };

/** From - to, in minutes. */
export type Minutes = readonly [from: number, to: number];

/** What a step interrupts. Without any minutes: nothing to speak of. */
export interface StepDisruption {
  /** One sentence without full stop, true of clusters of any size. */
  what: string;
  /** Whatever the size of the cluster. */
  minutes?: Minutes;
  /** For each controller, one after the other; comes on top of `minutes`. */
  perController?: Minutes;
  /** For each worker, one after the other; comes on top of `minutes`. */
  perWorker?: Minutes;
}

/** Whether a step can be taken back. */
export interface StepUndo {
  /** `partly`: some of what it did stays, as `how` says. */
  possible: 'yes' | 'partly' | 'no';
  /** What takes it back, or why nothing does; `<env>` stands for the environment. */
  how: string;
}

/** What a reviewer has to know of a step before it runs. */
export interface StepConsequences {
  disruption: StepDisruption;
  undo: StepUndo;
}

/** One documented step of a release upgrade. */
export interface UpgradeStep extends StepConsequences {
  /** Stable name, used on the command line and in reports. */
  id: string;
  title: string;
  /** The passage of the release notes that this step implements. */
  passage: string;
  action: StepAction;
}

/**
 * A failing state that the release notes announce. Gates tolerate it by name, only for the pods and reasons listed
 * here, and only until its cure.
 */
export interface KnownIssue {
  id: string;
  title: string;
  passage: string;
  pods: { namespace: string; namePrefix: string };
  /** Waiting or status reasons of the pod or its containers that belong to the issue. */
  reasons: string[];
  /** Only once this step has started; earlier the state is not the known issue. */
  from?: string;
  /** Gone for good once this step is finished: its last gate no longer tolerates it. */
  until?: string;
  /** Tolerated only while this module is not yet at the new release. */
  untilModule?: ModuleId;
  /** Tolerated only while the Deployment that the pods belong to has an available replica. */
  onlyWhileServing?: boolean;
}

export interface Upgrade {
  from: ReleaseId;
  to: ReleaseId;
  steps: UpgradeStep[];
  knownIssues: KnownIssue[];
  /** Where `--surge-first` puts `workers-surge`: just before this step. */
  surgeFirstBefore: string;
}
