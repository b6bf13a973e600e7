import { type Account, type LaunchTemplate, type LaunchTemplateData, newId } from './account.ts';
import { AwsError } from './errors.ts';

/** Bytes of user data that EC2 takes, before base64. */
const userDataLimit = 16_384;

export function createLaunchTemplate(
  account: Account,
  spec: { name: string; data: LaunchTemplateData; description?: string; tags?: Record<string, string> },
): LaunchTemplate {
  for (const other of account.launchTemplates.values())
    if (other.name === spec.name)
      throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  checkData(spec.data);
  const template: LaunchTemplate = {
    id: newId('lt'),
    name: spec.name,
    createTime: new Date(),
    tags: { ...spec.tags },
    defaultVersion: 1,
    versions: [{ data: spec.data, createTime: new Date(), description: spec.description }],
  };
  account.launchTemplates.set(template.id, template);
  return template;
}

/** Returns the number of the new version. */
export function addVersion(template: LaunchTemplate, data: LaunchTemplateData, description?: string): number {
  checkData(data);
  template.versions.push({ data, createTime: new Date(), description });
  return template.versions.length;
}

export function setDefaultVersion(template: LaunchTemplate, version: number): void {
  if (!template.versions[version - 1])
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
    );
  template.defaultVersion = version;
}

export function getLaunchTemplate(account: Account, key: { id?: string; name?: string }): LaunchTemplate {
  if (key.id) {
    const template = account.launchTemplates.get(key.id);
    if (template) return template;
    throw new AwsError(
      'InvalidLaunchTemplateId.NotFound',
      `The specified launch template, with template ID ${key.id}, does not exist.`,
    );
  }
  for (const template of account.launchTemplates.values()) if (template.name === key.name) return template;
  throw new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${key.name}, does not exist.`,
  );
}

/** Number that `$Latest`, `$Default`, a number or nothing (the default version) means now. */
export function resolveVersion(template: LaunchTemplate, version = '$Default'): number {
  if (version === '$Latest') return template.versions.length;
  if (version === '$Default') return template.defaultVersion;
  const number = Number(version);
  if (!template.versions[number - 1])
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
    );
  return number;
}

export function deleteLaunchTemplate(account: Account, id: string): void {
  getLaunchTemplate(account, { id });
  account.launchTemplates.delete(id);
}

function checkData({ UserData = '' }: LaunchTemplateData): void {
  if (Buffer.byteLength(UserData, 'base64') > userDataLimit)
    throw new AwsError('InvalidParameterValue', `User data is limited to ${userDataLimit} bytes`);
  if (!/^[A-Za-z0-9+/=\s]*$/.test(UserData))
    throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
}
