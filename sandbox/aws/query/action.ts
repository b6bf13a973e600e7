import type { Account } from '../account.ts';
import type { Caller } from '../identities.ts';
import type { Body, Parameters } from './protocol.ts';

/** What a call does with the account, and its answer. @throws AwsError */
export type Action = (account: Account, parameters: Parameters, caller: Caller) => Record<string, Body>;
