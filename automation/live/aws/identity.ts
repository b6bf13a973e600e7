import { sts } from './clients.ts';
import { callAws } from './failure.ts';

/** Who the credentials in use belong to. */
export interface CallerIdentity {
  account: string;
  /** E.g. `arn:aws:sts::123456789012:assumed-role/admin/jane`. */
  arn: string;
}

/** @param region whose STS to ask, where the surroundings needn't say one */
export async function callerIdentity(region?: string): Promise<CallerIdentity> {
  const [client, { GetCallerIdentityCommand }] = await Promise.all([sts(region), import('@aws-sdk/client-sts')]);
  const { Account = '', Arn = '' } = await callAws('sts:GetCallerIdentity', 'AWS credentials', () =>
    client.send(new GetCallerIdentityCommand({})),
  );
  return { account: Account, arn: Arn };
}

/** Id of the AWS account that the credentials in use belong to. */
export async function callerAccount(): Promise<string> {
  return (await callerIdentity()).account;
}
