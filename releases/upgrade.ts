import type { ModuleId, ReleaseId } from './release.ts';

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

/** One documented step of a release upgrade. */
export interface UpgradeStep {
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
