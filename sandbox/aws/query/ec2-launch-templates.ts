import type { Account, LaunchTemplate, LaunchTemplateData } from '../account.ts';
import {
  addVersion,
  createLaunchTemplate,
  deleteLaunchTemplate,
  getLaunchTemplate,
  resolveVersion,
  setDefaultVersion,
} from '../launch-templates.ts';
import type { Action } from './action.ts';
import { tagSet, tagSpecification } from './ec2-tags.ts';
import { filterOf } from './filters.ts';
import { type Body, number, type Parameters, structure, structures, text, texts } from './protocol.ts';

export const launchTemplateActions: Record<string, Action> = {
  CreateLaunchTemplate: (account, parameters) => {
    const template = createLaunchTemplate(account, {
      name: text(parameters, 'LaunchTemplateName') ?? '',
      data: parseData(structure(parameters, 'LaunchTemplateData')),
      description: text(parameters, 'VersionDescription'),
      tags: tagSpecification(parameters, 'launch-template'),
    });
    return { launchTemplate: describeTemplate(account, template) };
  },

  CreateLaunchTemplateVersion: (account, parameters) => {
    const template = named(account, parameters);
    const source = text(parameters, 'SourceVersion');
    const base = source === undefined ? {} : template.versions[resolveVersion(template, source) - 1]?.data;
    const version = addVersion(
      template,
      { ...base, ...parseData(structure(parameters, 'LaunchTemplateData')) },
      text(parameters, 'VersionDescription'),
    );
    return { launchTemplateVersion: describeVersion(account, template, version) };
  },

  ModifyLaunchTemplate: (account, parameters) => {
    const template = named(account, parameters);
    const version = number(parameters, 'SetDefaultVersion');
    if (version !== undefined) setDefaultVersion(template, version);
    return { launchTemplate: describeTemplate(account, template) };
  },

  DeleteLaunchTemplate: (account, parameters) => {
    const template = named(account, parameters);
    deleteLaunchTemplate(account, template.id);
    return { launchTemplate: describeTemplate(account, template) };
  },

  DescribeLaunchTemplates: (account, parameters) => {
    const ids = texts(parameters, 'LaunchTemplateId');
    const names = texts(parameters, 'LaunchTemplateName');
    const asked = [...ids.map((id) => ({ id })), ...names.map((name) => ({ name }))];
    const found =
      asked.length > 0 ? asked.map((key) => getLaunchTemplate(account, key)) : [...account.launchTemplates.values()];
    const matches = filterOf(parameters, { list: 'Filter', value: 'Value' });
    return {
      launchTemplates: found
        .filter(({ name, tags }) => matches({ fields: { 'launch-template-name': name }, tags }))
        .map((template) => describeTemplate(account, template)),
    };
  },

  DescribeLaunchTemplateVersions: (account, parameters) => {
    const template = named(account, parameters);
    const asked = texts(parameters, 'LaunchTemplateVersion');
    const versions =
      asked.length > 0
        ? asked.map((version) => resolveVersion(template, version))
        : template.versions.map((_, index) => index + 1).reverse();
    return { launchTemplateVersionSet: versions.map((version) => describeVersion(account, template, version)) };
  },
};

function named(account: Account, parameters: Parameters): LaunchTemplate {
  return getLaunchTemplate(account, {
    id: text(parameters, 'LaunchTemplateId'),
    name: text(parameters, 'LaunchTemplateName'),
  });
}

/** The fields that the simulated machines make use of. */
function parseData(data: Parameters | undefined): LaunchTemplateData {
  if (!data) return {};
  const groups = texts(data, 'SecurityGroupId');
  const tags = structures(data, 'TagSpecification').map((specification) => ({
    ResourceType: text(specification, 'ResourceType') ?? '',
    Tags: structures(specification, 'Tag').map((tag) => ({
      Key: text(tag, 'Key') ?? '',
      Value: text(tag, 'Value') ?? '',
    })),
  }));
  const plain = Object.entries({
    ImageId: text(data, 'ImageId'),
    InstanceType: text(data, 'InstanceType'),
    UserData: text(data, 'UserData'),
    ...(groups.length > 0 ? { SecurityGroupIds: groups } : {}),
    ...(tags.length > 0 ? { TagSpecifications: tags } : {}),
  });
  return Object.fromEntries(plain.filter(([, value]) => value !== undefined));
}

function describeTemplate(account: Account, template: LaunchTemplate): Record<string, Body> {
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    createTime: template.createTime,
    createdBy: account.arn('iam', 'root', { region: false }),
    defaultVersionNumber: template.defaultVersion,
    latestVersionNumber: template.versions.length,
    tagSet: tagSet(template.tags),
  };
}

function describeVersion(account: Account, template: LaunchTemplate, version: number): Record<string, Body> {
  const { data, createTime, description } = template.versions[version - 1] ?? { data: {}, createTime: new Date(0) };
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    versionNumber: version,
    versionDescription: description,
    createTime,
    createdBy: account.arn('iam', 'root', { region: false }),
    defaultVersion: version === template.defaultVersion,
    launchTemplateData: {
      imageId: data.ImageId,
      instanceType: data.InstanceType,
      userData: data.UserData,
      securityGroupIdSet: data.SecurityGroupIds,
      tagSpecificationSet: data.TagSpecifications?.map(({ ResourceType, Tags }) => ({
        resourceType: ResourceType,
        tagSet: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
      })),
    },
  };
}
