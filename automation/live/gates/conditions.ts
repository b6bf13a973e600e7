import type { Layer, LayerOutputs } from '../../../environment/outputs.ts';
import type { ModuleId } from '../../../releases/release.ts';
import type { Cluster } from '../kubernetes/client.ts';
import { incompleteControlPlane } from '../kubernetes/control-plane.ts';
import {
  isController,
  listNodes,
  unfinishedWorkloads,
  unhealthyPods,
  unreadyNodes,
  type Wait,
} from '../kubernetes/health.ts';
import type { Gate } from './gate.ts';

/** What stacks say that they have deployed. */
interface DeployedStacks {
  /** @throws UserError where the stack isn't deployed yet. */
  deployed<L extends Layer>(layer: L): Promise<LayerOutputs[L]>;
}

/** All pods Running and Ready (or Succeeded), and all workloads rolled out. */
export function allPodsRunning({ cluster }: { cluster: Cluster }): Gate {
  return {
    name: 'all pods running',
    check: async () => (await Promise.all([unhealthyPods(cluster), unfinishedWorkloads(cluster)])).flat(),
  };
}

/** Workloads in the namespaces of these modules rolled out, their pods Running and Ready. */
export function workloadsOf(
  { cluster, stacks }: { cluster: Cluster; stacks: DeployedStacks },
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

/** Every controller with a healthy etcd member, API server, controller-manager and scheduler. */
export function controlPlaneWhole({ cluster, stacks }: { cluster: Cluster; stacks: DeployedStacks }): Gate {
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
  { cluster }: { cluster: Cluster },
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
export function crdsEstablished({ cluster }: { cluster: Cluster }): Gate {
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
