import { sts } from './clients.ts';
import { callAws } from './failure.ts';

/** Id of the AWS account that the credentials in use belong to. */
export async function callerAccount(): Promise<string> {
  const [client, { GetCallerIdentityCommand }] = await Promise.all([sts(), import('@aws-sdk/client-sts')]);
  const { Account = '' } = await callAws('sts:GetCallerIdentity', 'AWS credentials', () =>
    client.send(new GetCallerIdentityCommand({})),
  );
  return Account;
}
