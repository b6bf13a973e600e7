import { otherCluster } from '../../live/kubernetes/same-cluster.ts';
import type { StepBehaviour } from '../context.ts';

/**
 * "Ensure your Kube context points to the correct cluster!": the cluster behind the context must carry this
 * environment's name and API endpoint in the configuration that kubeadm keeps in it. The lock is taken by the runner.
 */
export const context: StepBehaviour = {
  done: async () => false,
  async preview(context) {
    const problem = await otherCluster(context.cluster, context.environment);
    if (problem) return { notes: [], blockers: [problem.message] };
    return {
      notes: [`kube context "${context.cluster.context}" is cluster ${context.environment.name}`],
      blockers: [],
    };
  },
  gates: () => [],
  async run(context) {
    const problem = await otherCluster(context.cluster, context.environment);
    if (problem) throw problem;
  },
};
