import { exitCode, UserError } from '../../../errors/index.ts';
import { clusterConfiguration } from '../../cluster/control-plane.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';

/**
 * "Ensure your Kube context points to the correct cluster!": the cluster behind the context must carry this
 * environment's name and API endpoint in the configuration that kubeadm keeps in it. The lock is taken by the runner.
 */
export const context: StepBehaviour = {
  done: async () => false,
  async preview(context) {
    const problem = await findProblem(context);
    if (problem) return { notes: [], blockers: [problem.message] };
    return {
      notes: [`kube context "${context.cluster.context}" is cluster ${context.environment.name}`],
      blockers: [],
    };
  },
  gates: () => [],
  async run(context) {
    const problem = await findProblem(context);
    if (problem) throw problem;
  },
};

async function findProblem({ cluster, environment }: UpgradeContext): Promise<UserError | undefined> {
  const endpoint = `${environment.apiHost}:6443`;
  const found = await clusterConfiguration(cluster);
  if (found?.clusterName === environment.name && found.controlPlaneEndpoint === endpoint) return undefined;
  const message = found
    ? `kube context "${cluster.context}" is cluster ${found.clusterName} (${found.controlPlaneEndpoint}), not ${environment.name} (${endpoint})`
    : `kube context "${cluster.context}" is not a KubeZero cluster: it has no ConfigMap kube-system/kubeadm-config`;
  return new UserError(message, {
    where: `kube context ${cluster.context} (${cluster.server})`,
    state: 'nothing was touched',
    fix: 'point KUBECONFIG, or `kubeContext` in environment.yaml, at this environment’s cluster',
    exitCode: exitCode.usage,
  });
}
