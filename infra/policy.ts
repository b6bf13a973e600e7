/** One statement of an IAM policy. */
export interface Statement {
  Sid?: string;
  Effect?: 'Allow' | 'Deny';
  Principal?: unknown;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A policy document; statements allow unless they say otherwise. */
export function policy(...statements: Statement[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });
}

/** Trust policy of roles that an AWS service takes on. */
export function trustedBy(service: string): string {
  return policy({ Action: 'sts:AssumeRole', Principal: { Service: `${service}.amazonaws.com` } });
}
