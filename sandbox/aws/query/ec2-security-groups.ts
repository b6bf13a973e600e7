import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Properties } from '../provider/values.ts';
import type { Action } from './action.ts';
import { type Body, number, type Parameters, structure, structures, text, texts } from './protocol.ts';

const ingressType = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const egressType = 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule';

/** Rules of security groups by their ids, as somebody changes them in the console. */
export const securityGroupActions: Record<string, Action> = {
  DescribeSecurityGroupRules: (account, parameters) => {
    const ids = texts(parameters, 'SecurityGroupRuleId');
    const all = [ingressType, egressType].flatMap((type) => [...(account.resources.get(type)?.keys() ?? [])]);
    return { securityGroupRuleSet: (ids.length > 0 ? ids : all).map((id) => describeRule(account, id)) };
  },

  ModifySecurityGroupRules: (account, parameters) => {
    for (const change of structures(parameters, 'SecurityGroupRule')) {
      const { records, id } = rule(account, text(change, 'SecurityGroupRuleId') ?? '');
      records.set(id, { ...records.get(id), ...requested(structure(change, 'SecurityGroupRule')) });
    }
    return { return: true };
  },

  RevokeSecurityGroupIngress: (account, parameters) => revoke(account, parameters),
  RevokeSecurityGroupEgress: (account, parameters) => revoke(account, parameters),
};

function revoke(account: Account, parameters: Parameters): Record<string, Body> {
  for (const wanted of texts(parameters, 'SecurityGroupRuleId')) {
    const { records, id } = rule(account, wanted);
    records.delete(id);
  }
  return { return: true };
}

function rule(account: Account, id: string): { type: string; records: Map<string, Properties>; id: string } {
  for (const type of [ingressType, egressType]) {
    const records = account.resources.get(type);
    if (records?.has(id)) return { type, records, id };
  }
  throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
}

/** What the request says of the rule, in the words of the Pulumi resource. */
function requested(change: Parameters | undefined): Properties {
  if (!change) throw new AwsError('MissingParameter', 'The request must contain the parameter SecurityGroupRule');
  const given = {
    ipProtocol: text(change, 'IpProtocol'),
    fromPort: number(change, 'FromPort'),
    toPort: number(change, 'ToPort'),
    cidrIpv4: text(change, 'CidrIpv4'),
    cidrIpv6: text(change, 'CidrIpv6'),
    description: text(change, 'Description'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function describeRule(account: Account, wanted: string): Record<string, Body> {
  const { type, records, id } = rule(account, wanted);
  const { securityGroupId, ipProtocol, fromPort, toPort, cidrIpv4, cidrIpv6, description } = records.get(id) ?? {};
  return {
    securityGroupRuleId: id,
    groupId: securityGroupId,
    groupOwnerId: account.id,
    isEgress: type === egressType,
    ipProtocol,
    fromPort: fromPort ?? -1,
    toPort: toPort ?? -1,
    ...(cidrIpv4 === undefined ? {} : { cidrIpv4 }),
    ...(cidrIpv6 === undefined ? {} : { cidrIpv6 }),
    ...(description === undefined ? {} : { description }),
  };
}
