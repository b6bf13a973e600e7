import type { Environment } from '../../../environment/environment.ts';
import { exitCode, UserError } from '../../../errors/index.ts';
import type { Cluster } from './client.ts';
import { type ClusterConfiguration, clusterConfiguration } from './control-plane.ts';

type Asked = Pick<Cluster, 'context' | 'server' | 'core'>;
type Wanted = Pick<Environment, 'name' | 'apiHost'>;

/**
 * What is wrong where the cluster behind a kube context isn't the environment's: its name and API endpoint stand in the
 * configuration that kubeadm keeps in it. Undefined where it is.
 */
export async function otherCluster(cluster: Asked, environment: Wanted): Promise<UserError | undefined> {
  const found = await clusterConfiguration(cluster);
  if (found) return difference(found, cluster, environment);
  return wrongContext(
    `kube context "${cluster.context}" is not a KubeZero cluster: it has no ConfigMap kube-system/kubeadm-config`,
    cluster,
  );
}

/** The same, only where the cluster says that it is another one: one that is coming up says nothing yet. */
export async function saysAnother(cluster: Asked, environment: Wanted): Promise<UserError | undefined> {
  const found = await clusterConfiguration(cluster);
  return found && difference(found, cluster, environment);
}

function difference(found: ClusterConfiguration, cluster: Asked, { name, apiHost }: Wanted): UserError | undefined {
  const endpoint = `${apiHost}:6443`;
  if (found.clusterName === name && found.controlPlaneEndpoint === endpoint) return undefined;
  return wrongContext(
    `kube context "${cluster.context}" is cluster ${found.clusterName} (${found.controlPlaneEndpoint}), not ${name} (${endpoint})`,
    cluster,
  );
}

function wrongContext(message: string, { context, server }: Asked): UserError {
  return new UserError(message, {
    where: `kube context ${context} (${server})`,
    state: 'nothing was touched',
    fix: 'point KUBECONFIG, or `kubeContext` in environment.yaml, at this environment’s cluster',
    exitCode: exitCode.usage,
  });
}
