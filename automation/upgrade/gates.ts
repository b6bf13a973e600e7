import type { ModuleId } from '../../releases/release.ts';
import { incompleteControlPlane } from '../cluster/control-plane.ts';
import {
  isController,
  listNodes,
  unfinishedWorkloads,
  unhealthyPods,
  unreadyNodes,
  type Wait,
} from '../cluster/health.ts';
import { syncGate } from '../delivery/deliver.ts';
import type { UpgradeContext } from './context.ts';
import type { Gate } from './gate.ts';

/** All pods Running and Ready (or Succeeded), and all workloads rolled out. */
export function allPodsRunning({ cluster }: Pick<UpgradeContext, 'cluster'>): Gate {
  return {
    name: 'all pods running',
    check: async () => (await Promise.all([unhealthyPods(cluster), unfinishedWorkloads(cluster)])).flat(),
  };
}

/** Workloads in the namespaces of these modules rolled out, their pods Running and Ready. */
export function workloadsOf(
  { cluster, stacks }: Pick<UpgradeContext, 'cluster' | 'stacks'>,
  modules: ModuleId[],
): Gate {
  return {
    name: `workloads of ${modules.join(', ')}`,
    check: async () => {
      const deployed = await stacks.deployed('modules');
      const namespaces = [...new Set(modules.flatMap((id) => deployed.namespaces[id] ?? []))];
      const waits = await Promise.all([
        unfinishedWorkloads(cluster, namespaces),
        ...namespaces.map((namespace) => unhealthyPods(cluster, namespace)),
      ]);
      return waits.flat();
    },
  };
}

/**
 * The Applications of these modules Synced with the committed manifests, and Healthy; holds at once where ArgoCD doesn't
 * deliver them.
 */
export function applicationsOf({ environment, stacks }: UpgradeContext, modules: readonly ModuleId[]): Gate {
  let gate: Promise<Gate | undefined> | undefined;
  return {
    name: `Applications of ${modules.length > 5 ? 'all modules' : modules.join(', ')}`,
    check: async () => {
      gate ??= stacks.deployed('modules').then((deployed) => syncGate(environment, deployed, modules));
      return (await gate)?.check() ?? [];
    },
  };
}

/** Every controller with a healthy etcd member, API server, controller-manager and scheduler. */
export function controlPlaneWhole({ cluster, stacks }: Pick<UpgradeContext, 'cluster' | 'stacks'>): Gate {
  return {
    name: 'control plane whole: etcd members and API servers healthy',
    check: async () => {
      const { nodeNames } = await stacks.deployed('controllers');
      return incompleteControlPlane(cluster, Object.values(nodeNames));
    },
  };
}

/** All nodes Ready; those selected also at the given kubelet version. */
export function nodesReady(
  { cluster }: Pick<UpgradeContext, 'cluster'>,
  expected?: { version: string; which: 'controllers' | 'all' },
): Gate {
  return {
    name: expected
      ? `${expected.which === 'all' ? 'all nodes' : 'controllers'} Ready at ${expected.version}`
      : 'all nodes Ready',
    check: async () =>
      unreadyNodes(await listNodes(cluster), (node) =>
        expected && (expected.which === 'all' || isController(node)) ? expected.version : undefined,
      ),
  };
}

/** Custom resource definitions established and served. */
export function crdsEstablished({ cluster }: Pick<UpgradeContext, 'cluster'>): Gate {
  return {
    name: 'CRDs established',
    check: async () => {
      const { items } = await cluster.crds.listCustomResourceDefinition();
      return items.flatMap((crd): Wait[] =>
        crd.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True')
          ? []
          : [{ object: `CustomResourceDefinition ${crd.metadata?.name}`, reason: 'not established' }],
      );
    },
  };
}
