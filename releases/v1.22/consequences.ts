import type { StepConsequences } from '../upgrade.ts';

/** No minutes are known for steps that only look. */
const looks: StepConsequences = {
  disruption: { what: 'nothing is interrupted: it only looks' },
  undo: { possible: 'yes', how: 'there is nothing to take back' },
};

const definitions = {
  disruption: { what: 'nothing restarts; objects of these kinds are served all the time' },
  undo: {
    possible: 'no',
    how: 'definitions don’t go back: objects may be stored in versions by then that the old ones don’t have',
  },
} satisfies StepConsequences;

/** How a module alone goes back while `application.previous.yaml` is there, which the step `gitops` removes. */
const moduleBack = (ids: string) =>
  `set ${ids} back to 1.21 in kubezero:releases of Pulumi.<env>-modules.yaml and run pulumi up on that stack, as long as application.previous.yaml is there`;

/**
 * What each step interrupts, and what takes it back. Minutes are estimates, not measured on EC2: start of an instance 1 - 2,
 * boot of the 1.22 image about 45 s (1.22 release notes, "Boot time"), then the node's part in kubeadm and the images
 * of its pods, and before that the drain, which waits for pods to end. A drain may take up to 15 minutes
 * (`KUBEZERO_DRAIN_SECONDS`) before the upgrade stops.
 */
export const consequences = {
  context: looks,
  preconditions: {
    disruption: { what: 'nothing is interrupted: it looks, and takes an etcd snapshot where the newest one is old' },
    undo: { possible: 'yes', how: 'there is nothing to take back but one more snapshot in the backup bucket' },
  },
  application: {
    disruption: { what: 'nothing is interrupted: only files in the working tree change' },
    undo: {
      possible: 'yes',
      how: 'move application.previous.yaml back to application.yaml, as long as no later step has run',
    },
  },
  'logging-crds': definitions,
  logging: {
    disruption: {
      what: 'logs keep being collected but for gaps while agents restart; the new operator may restart Elasticsearch node by node; elastic-operator-0 may crash until step controllers-reboot is done (known issue)',
      minutes: [2, 15],
    },
    undo: {
      possible: 'partly',
      how: `${moduleBack('logging')}; its CRDs stay at 1.22, and what the new operator has made of Elasticsearch stays`,
    },
  },
  'metrics-crds': definitions,
  metrics: {
    disruption: {
      what: 'a gap in metrics and alerts while Prometheus restarts; dashboards are away for a moment',
      minutes: [1, 5],
    },
    undo: { possible: 'partly', how: `${moduleBack('metrics')}; its CRDs stay at 1.22` },
  },
  'control-plane': {
    disruption: {
      what: 'the API server of one controller restarts, the others keep serving; with a single controller the API is away for some minutes. Agents of network and storage restart on every node: running pods keep their network, new pods wait',
      minutes: [5, 15],
    },
    undo: {
      possible: 'no',
      how: 'kubeadm has no way back to 1.21; what is left is to restore the cluster from the etcd snapshot taken before the upgrade',
    },
  },
  controllers: {
    disruption: { what: 'nothing is interrupted: no machine is replaced yet' },
    undo: {
      possible: 'yes',
      how: 'set kubezero:release back to 1.21 in Pulumi.<env>-controllers.yaml and run pulumi up on that stack, before a controller is replaced',
    },
  },
  workers: {
    disruption: {
      what: 'nothing is interrupted: no machine is replaced yet; machines that the groups start from now on are of 1.22',
    },
    undo: {
      possible: 'yes',
      how: 'set kubezero:release back to 1.21 in Pulumi.<env>-workers.yaml and run pulumi up on that stack, before a worker is replaced',
    },
  },
  'controllers-reboot': {
    disruption: {
      what: 'each controller in turn, the next one once all etcd members are healthy: with three controllers the API stays up on the others; with a single one the API is away until it is back. Pods on workers keep running',
      perController: [4, 12],
    },
    undo: {
      possible: 'no',
      how: 'a controller of 1.21 can’t join a control plane of 1.22; what is left is to restore the cluster from an etcd snapshot. A controller that fails comes back on its etcd volume',
    },
  },
  crds: definitions,
  'cert-manager': {
    disruption: {
      what: 'no certificate is issued or renewed, and no object of cert-manager admitted, while its webhook restarts; certificates in use stay valid',
      minutes: [1, 3],
    },
    undo: { possible: 'partly', how: `${moduleBack('cert-manager')}; its CRDs stay at 1.22` },
  },
  istio: {
    disruption: {
      what: 'changes of routes wait while istiod restarts; gateways keep serving with what they have',
      minutes: [1, 3],
    },
    undo: {
      possible: 'partly',
      how: `${moduleBack('istio')}, after its gateways; its CRDs stay at 1.22`,
    },
  },
  'istio-private-ingress': {
    disruption: {
      what: 'nothing is interrupted: new private gateways come beside those of 1.21. Workers of 1.21 reject their pods until they are replaced (known issue)',
      minutes: [1, 5],
    },
    undo: {
      possible: 'yes',
      how: 'take istio-private-ingress out of kubezero:releases and kubezero:crds of Pulumi.<env>-modules.yaml, disable it in application.yaml, and run pulumi up on that stack, before step istio-ingress',
    },
  },
  'istio-ingress': {
    disruption: {
      what: 'connections through gateways that go are cut: the private gateways of 1.21 are removed, the public ones replaced as new pods can start. Workers of 1.21 reject those until they are replaced (known issue), and the old pods keep serving',
      minutes: [1, 10],
    },
    undo: {
      possible: 'partly',
      how: `${moduleBack('istio-ingress')}: that brings the private gateways of 1.21 back as new ones; connections that were cut stay cut`,
    },
  },
  gitops: {
    disruption: {
      what: 'the modules that are left restart, each on its own; ArgoCD syncs nothing while it restarts itself',
      minutes: [2, 15],
    },
    undo: {
      possible: 'partly',
      how: 'revert the commit, with application.previous.yaml as it was, then set the modules back to 1.21 in kubezero:releases of Pulumi.<env>-modules.yaml and run pulumi up on that stack; CRDs and the control plane stay at 1.22',
    },
  },
  'workers-surge': {
    disruption: {
      what: 'nothing is interrupted: each group gets as many new machines again; they cost twice as much until step workers-reset',
      minutes: [3, 10],
    },
    undo: {
      possible: 'partly',
      how: 'set kubezero:surge to false in Pulumi.<env>-workers.yaml and run pulumi up on that stack: AWS then chooses the machines that go, the oldest launch template first, so drain those before; and resume the groups’ suspended processes',
    },
  },
  'workers-drain': {
    disruption: {
      what: 'each old worker in turn: its pods are evicted, within their disruption budgets, and start on new workers. What has a single replica is away until it has started again',
      perWorker: [2, 10],
    },
    undo: {
      possible: 'partly',
      how: 'kubectl uncordon the old workers, as long as they are there; pods that were evicted stay where they are',
    },
  },
  'workers-reset': {
    disruption: {
      what: 'old workers, which only DaemonSets run on by then, are terminated',
      minutes: [1, 5],
    },
    undo: { possible: 'no', how: 'the machines and what was on their disks are gone; new ones are of 1.22' },
  },
} satisfies Record<string, StepConsequences>;
