import type { Environment } from '../../../environment/environment.ts';
import { clusterFacts, placeholderFacts } from '../../../stacks/facts.ts';
import type { ClusterFacts } from '../../../stacks/rendering.ts';
import { stackName } from '../../engine/configuration.ts';
import type { Engine } from '../../engine/engine.ts';
import { readableOutputs } from '../../engine/readable-outputs.ts';

/** Facts about a cluster, and where they are from. */
export interface FoundFacts {
  facts: ClusterFacts;
  /** Why they are made up; absent where they are the outputs of the network layer. */
  placeholders?: string;
}

/** What the network layer has deployed; where it isn't or can't be read, what environment.yaml says and placeholders. */
export async function findFacts(
  environment: Environment,
  kubernetesVersion: string,
  engine: Engine,
): Promise<FoundFacts> {
  const network = await readableOutputs(environment, 'network', engine);
  // An update that failed on its way leaves some outputs, too.
  if ('roleArns' in network) return { facts: clusterFacts(environment, network, { kubernetesVersion }) };
  const reason = 'reason' in network ? network.reason : "isn't deployed";
  return {
    facts: placeholderFacts(environment, kubernetesVersion),
    placeholders: `stack ${stackName(environment.name, 'network')} ${reason}`,
  };
}
