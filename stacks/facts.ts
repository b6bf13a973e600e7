import type { Environment } from '../environment/environment.ts';
import type { ControllersOutputs, NetworkOutputs } from '../environment/outputs.ts';
import type { ClusterFacts } from '../modules/definition.ts';

/** What modules are told about a cluster, from the outputs of its infrastructure layers. */
export function clusterFacts(
  environment: Environment,
  network: FactsOfNetwork,
  { kubernetesVersion }: Pick<ControllersOutputs, 'kubernetesVersion'>,
): ClusterFacts {
  const { region, accountId, apiEndpoint, oidcIssuer, backupBucket, roleArns } = network;
  const { enabled, adminRole } = environment.awsIamAuthenticator;
  return {
    clusterName: environment.name,
    region,
    accountId,
    zones: environment.zones,
    apiEndpoint,
    oidcIssuer,
    backupBucket,
    roleArns,
    kubernetesVersion,
    ...(enabled ? { awsIamAuthenticator: { adminRole } } : {}),
  };
}

/** What modules need of the network layer. */
type FactsOfNetwork = Pick<
  NetworkOutputs,
  'region' | 'accountId' | 'apiEndpoint' | 'oidcIssuer' | 'backupBucket' | 'roleArns'
>;

/**
 * The same for an environment that isn't deployed, or whose stacks can't be read: what environment.yaml says, and where
 * only AWS could tell, made up but in the form of the real thing: account 000000000000, `<environment>-backup`, roles
 * named for their consumer.
 */
export function placeholderFacts(environment: Environment, kubernetesVersion: string): ClusterFacts {
  const { name, region, accountId = '000000000000' } = environment;
  const roleArns = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, consumer) =>
        typeof consumer === 'string' ? `arn:aws:iam::${accountId}:role/${region}.${name}.${consumer}` : undefined,
    },
  );
  const outputs: FactsOfNetwork = {
    region,
    accountId,
    apiEndpoint: `${environment.apiHost}:6443`,
    oidcIssuer: `https://s3.${region}.amazonaws.com/${name}-backup/oidc`,
    backupBucket: `${name}-backup`,
    roleArns,
  };
  return clusterFacts(environment, outputs, { kubernetesVersion });
}
