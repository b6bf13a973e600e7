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
  | ControlPlaneAction
  | { kind: 'launch-templates'; layer: 'controllers' | 'workers' }
  | { kind: 'controllers-reboot' }
  | { kind: 'gitops' }
  | { kind: 'workers-surge' }
  | { kind: 'workers-drain' }
  | { kind: 'workers-reset' };

/** The control plane goes to the new Kubernetes version in place, with what of the cluster has to follow it at once. */
export interface ControlPlaneAction {
  kind: 'control-plane';
  /** Before anything else, one after the other. */
  onEveryNode?: NodeCommand[];
  /** Left-overs of the release before that nothing owns any more. */
  remove?: NamedObject[];
  /** These modules (without CRDs) to the new release. */
  modules: ModuleId[];
  /** In kube-system; one that isn't there is left out. */
  restartDaemonSets: string[];
}

/** A script that a step runs on every node, by a pod with the new release's admin image. */
export interface NodeCommand {
  /** Of the DaemonSet in kube-system. */
  name: string;
  /** What it does to a node, e.g. `copy the CNI binaries to /usr/libexec/cni`. */
  what: string;
  /** The same once it is done, e.g. `CNI binaries copied`. */
  done: string;
  /** Why a node is waited for, e.g. `no pod that copies the CNI binaries yet`. */
  missing: string;
  /** POSIX sh, the machine's root directory at /host. It may be killed anywhere and run again, and on new machines too. */
  script: string;
}

/** An object by its name. */
export interface NamedObject {
  kind: 'DaemonSet' | 'Deployment' | 'Service' | 'ServiceAccount';
  namespace: string;
  name: string;
}

/** Something in the cluster that the upgrade takes away, so that nothing may depend on it by then. */
export interface AbandonedComponent {
  name: string;
  /** Its pods have one of these labels; without any pod of it nothing depends on it. */
  labels: Record<string, string>;
  /** What pods that depend on it carry, and what its value is. */
  usedBy: { annotation: string; value: string };
}

/** What is said before the first change, unless a step comes before another one. */
interface Advice {
  text: string;
  unless: { step: string; before: string };
}

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
  /** Refused while something in the cluster still uses one of these. */
  abandoned?: AbandonedComponent[];
  advice?: Advice[];
  /** Where `--surge-first` puts `workers-surge`: just before this step. */
  surgeFirstBefore: string;
}
