import { getCallerIdentity } from '@pulumi/aws/getCallerIdentity.js';
import { Provider } from '@pulumi/aws/provider.js';
import type { Environment } from '../environment/environment.ts';
import { UserError } from '../errors/index.ts';

/** The AWS account and region an environment is in. */
export interface Account {
  provider: Provider;
  accountId: string;
}

/**
 * A provider of the environment's own region, whatever the shell's AWS settings say.
 * @throws UserError where the credentials are of another account than environment.yaml says.
 */
export async function openAccount(environment: Environment): Promise<Account> {
  const provider = new Provider('aws', { region: environment.region });
  const { accountId } = await getCallerIdentity({}, { provider });
  if (environment.accountId && environment.accountId !== accountId)
    throw new UserError(
      `the AWS credentials are of account ${accountId}, environment "${environment.name}" is in ${environment.accountId}`,
      {
        where: `environment ${environment.name}: accountId`,
        state: 'nothing was changed',
        fix: 'set AWS_PROFILE (or the AWS_ variables) to credentials of the environment’s account',
      },
    );
  return { provider, accountId };
}
