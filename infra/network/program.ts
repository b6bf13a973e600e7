import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import { openAccount } from '../account.ts';
import type { Promised } from '../outputs.ts';
import { Network } from './network.ts';

/** The network layer of an environment. */
export async function networkProgram(environment: Environment): Promise<Promised<NetworkOutputs>> {
  const { accountId, provider } = await openAccount(environment);
  const network = new Network(environment.name, { environment, accountId }, { provider });
  return {
    environment: environment.name,
    region: environment.region,
    accountId,
    vpcId: network.vpcId,
    cidr: environment.network.cidr,
    publicSubnetIds: network.publicSubnetIds,
    privateSubnetIds: network.privateSubnetIds,
    controllerSecurityGroupId: network.controllerSecurityGroupId,
    workerSecurityGroupId: network.workerSecurityGroupId,
    hostedZoneId: network.hostedZoneId,
    apiEndpoint: `${environment.apiHost}:6443`,
    backupBucket: network.backupBucket,
    kmsKeyArn: network.kmsKeyArn,
    oidcIssuer: network.oidcIssuer,
    oidcProviderArn: network.oidcProviderArn,
    roleArns: network.roleArns,
  };
}
