import { createHash } from 'node:crypto';
import { AwsError } from '../../errors.ts';
import { roleId } from '../../identities.ts';
import { createAlias, createKey } from '../../keys.ts';
import type { ResourceType } from '../resource-type.ts';

const named = { autoName: 'name', id: ({ name }: { name?: string }) => name ?? '' };

export const identityTypes: Record<string, ResourceType> = {
  'aws:iam/role:Role': {
    ...named,
    replaceOn: ['name', 'namePrefix', 'path'],
    heldBy: [['aws:iam/instanceProfile:InstanceProfile', 'role']],
    arn: (id, { path = '/' }, account) => account.arn('iam', `role${path}${id}`, { region: false }),
    create: (_account, inputs) => {
      checkPolicy(inputs.assumeRolePolicy);
      return inputs.name;
    },
    outputs: (id, inputs) => ({
      path: inputs.path ?? '/',
      maxSessionDuration: inputs.maxSessionDuration ?? 3600,
      createDate: '2022-01-01T00:00:00Z',
      uniqueId: roleId(id),
    }),
  },
  'aws:iam/rolePolicy:RolePolicy': {
    autoName: 'name',
    id: ({ role, name }) => `${role}:${name}`,
    replaceOn: ['role', 'name', 'namePrefix'],
    references: { role: 'role' },
    create(account, inputs) {
      checkPolicy(inputs.policy);
      return this.id?.(inputs, account) ?? '';
    },
  },
  'aws:iam/policy:Policy': {
    autoName: 'name',
    id: ({ name, path = '/' }, account) => account.arn('iam', `policy${path}${name}`, { region: false }),
    arn: (id) => id,
    replaceOn: ['name', 'namePrefix', 'path', 'description'],
    outputs: (id) => ({
      policyId: `ANPA${Buffer.from(id).toString('hex').toUpperCase().slice(-17)}`,
      attachmentCount: 0,
    }),
  },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': {
    id: ({ role, policyArn }) => `${role}/${policyArn}`,
    replaceOn: ['role', 'policyArn'],
    references: { role: 'role' },
  },
  'aws:iam/instanceProfile:InstanceProfile': {
    ...named,
    replaceOn: ['name', 'namePrefix', 'path'],
    references: { role: 'role' },
    arn: (id, { path = '/' }, account) => account.arn('iam', `instance-profile${path}${id}`, { region: false }),
    outputs: (_id, inputs) => ({ path: inputs.path ?? '/', createDate: '2022-01-01T00:00:00Z' }),
  },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    id: ({ url }, account) =>
      account.arn('iam', `oidc-provider/${String(url).replace('https://', '')}`, { region: false }),
    arn: (id) => id,
    computed: ['thumbprintLists'],
    replaceOn: ['url'],
    outputs: (id, inputs) => ({
      thumbprintLists: inputs.thumbprintLists ?? [createHash('sha1').update(id).digest('hex')],
    }),
  },
  'aws:kms/key:Key': {
    computed: ['policy'],
    replaceOn: ['customKeyStoreId', 'customerMasterKeySpec', 'keyUsage', 'multiRegion', 'xksKeyId'],
    arn: (id, _inputs, account) => account.arn('kms', `key/${id}`),
    create(account, { description, isEnabled = true }) {
      const key = createKey(account, description);
      key.state = isEnabled ? 'Enabled' : 'Disabled';
      return key.id;
    },
    update(account, id, { isEnabled = true }) {
      const key = account.keys.get(id);
      if (key) key.state = isEnabled ? 'Enabled' : 'Disabled';
    },
    // It can't be used from now on, and goes some days later.
    delete: (account, id) => {
      const key = account.keys.get(id);
      if (key) key.state = 'PendingDeletion';
    },
    outputs: (id, inputs) => ({
      keyId: id,
      keyUsage: inputs.keyUsage ?? 'ENCRYPT_DECRYPT',
      customerMasterKeySpec: inputs.customerMasterKeySpec ?? 'SYMMETRIC_DEFAULT',
      isEnabled: inputs.isEnabled ?? true,
      enableKeyRotation: inputs.enableKeyRotation ?? false,
    }),
  },
  'aws:kms/alias:Alias': {
    autoName: 'name',
    id: ({ name }) => name,
    replaceOn: ['name', 'namePrefix'],
    references: { targetKeyId: 'kmsKey' },
    arn: (id, _inputs, account) => account.arn('kms', id),
    create: (account, { name, targetKeyId }) => {
      createAlias(account, name, targetKeyId);
      return name;
    },
    update: (account, id, { targetKeyId }) => {
      account.keyAliases.delete(id);
      createAlias(account, id, targetKeyId);
    },
    delete: (account, id) => {
      account.keyAliases.delete(id);
    },
    outputs: (_id, inputs, account) => ({
      targetKeyArn: String(inputs.targetKeyId).startsWith('arn:')
        ? inputs.targetKeyId
        : account.arn('kms', `key/${inputs.targetKeyId}`),
    }),
  },
};

function checkPolicy(document: unknown): void {
  try {
    JSON.parse(String(document));
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
}
