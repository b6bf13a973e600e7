import { dirname } from 'node:path';
import { LocalWorkspace } from '@pulumi/pulumi/automation/index.js';
import type { Environment } from '../../../environment/environment.ts';
import type { NetworkOutputs } from '../../../environment/outputs.ts';
import { clusterFacts, placeholderFacts } from '../../../stacks/facts.ts';
import type { ClusterFacts } from '../../../stacks/rendering.ts';
import { stackName } from '../../engine/configuration.ts';

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
  pulumiHome: string,
): Promise<FoundFacts> {
  const stack = stackName(environment.name, 'network');
  const made = (reason: string) => ({
    facts: placeholderFacts(environment, kubernetesVersion),
    placeholders: `stack ${stack} ${reason}`,
  });
  try {
    const workspace = await LocalWorkspace.create({ workDir: dirname(environment.directory), pulumiHome });
    const outputs = await workspace.stackOutputs(stack);
    const network = Object.fromEntries(Object.entries(outputs).map(([key, output]) => [key, output.value]));
    if (!network.roleArns) return made("isn't deployed");
    return { facts: clusterFacts(environment, network as unknown as NetworkOutputs, { kubernetesVersion }) };
  } catch (error) {
    return made(/no stack named/.test(String(error)) ? "isn't deployed" : "can't be read here");
  }
}
