import type { Account, Image } from '../account.ts';
import { policyDocument } from './policy-document.ts';
import type { Properties } from './values.ts';

/** The data sources, by function token. Each throws Error with the real provider's wording where nothing fits. */
const functions: Record<string, (account: Account, args: Properties) => Properties> = {
  'aws:index/getCallerIdentity:getCallerIdentity': (account) => ({
    id: account.id,
    accountId: account.id,
    arn: account.arn('iam', 'user/sandbox', { region: false }),
    userId: 'AIDASANDBOX',
  }),
  'aws:index/getRegion:getRegion': (account) => ({
    id: account.region,
    region: account.region,
    name: account.region,
    description: account.region,
    endpoint: `ec2.${account.region}.amazonaws.com`,
  }),
  'aws:index/getPartition:getPartition': (account) => ({
    id: account.partition,
    partition: account.partition,
    dnsSuffix: 'amazonaws.com',
    reverseDnsPrefix: 'com.amazonaws',
  }),
  'aws:index/getAvailabilityZones:getAvailabilityZones': (account, args) => ({
    ...args,
    id: account.region,
    region: account.region,
    names: account.zones,
    zoneIds: account.zones.map((_, index) => `az${index + 1}`),
    groupNames: [`${account.region}-zg-1`],
  }),
  'aws:index/getAvailabilityZone:getAvailabilityZone': (account, args) => {
    const zone = account.zones.find((name) => name === args.name);
    if (!zone) throw new Error('no matching AZ found');
    return { ...args, id: zone, name: zone, nameSuffix: zone.at(-1), region: account.region, state: 'available' };
  },
  'aws:iam/getPolicyDocument:getPolicyDocument': (_account, args) => ({
    ...args,
    id: '1',
    ...policyDocument(args),
  }),
  'aws:ec2/getAmi:getAmi': (account, args) => {
    const found = matchingImages(account, args);
    if (found.length > 1 && !args.mostRecent)
      throw new Error(
        'Your query returned more than one result. Please try a more specific search criteria, or set `most_recent` attribute to true.',
      );
    const [image] = found;
    if (!image) throw new Error('Your query returned no results. Please change your search criteria and try again.');
    return {
      ...args,
      id: image.id,
      imageId: image.id,
      name: image.name,
      ownerId: image.ownerId,
      creationDate: image.creationDate,
      architecture: 'x86_64',
      state: 'available',
      rootDeviceName: '/dev/xvda',
      rootDeviceType: 'ebs',
      virtualizationType: 'hvm',
      arn: `arn:${account.partition}:ec2:${account.region}::image/${image.id}`,
      region: account.region,
      tags: {},
    };
  },
  'aws:ec2/getAmiIds:getAmiIds': (account, args) => ({
    ...args,
    id: '1',
    ids: matchingImages(account, args).map(({ id }) => id),
  }),
};

/** Answers a function of the AWS package, e.g. `aws:ec2/getAmi:getAmi`. */
export function callFunction(account: Account, token: string, args: Properties): Properties {
  const found = functions[token];
  if (!found) throw new Error(`${token}: the sandbox's AWS provider doesn't simulate this function`);
  return found(account, args);
}

/** Newest first. */
function matchingImages(account: Account, args: Properties): Image[] {
  const owners: string[] = (args.owners ?? []).map((owner: string) => (owner === 'self' ? account.id : owner));
  const filters: { name: string; values: string[] }[] = args.filters ?? [];
  return [...account.images.values()]
    .filter(({ ownerId }) => owners.length === 0 || owners.includes(ownerId))
    .filter(({ name }) => !args.nameRegex || new RegExp(args.nameRegex).test(name))
    .filter((image) => filters.every(({ name, values }) => values.some((value) => matchesFilter(image, name, value))))
    .sort((one, other) => other.creationDate.localeCompare(one.creationDate));
}

function matchesFilter(image: Image, name: string, value: string): boolean {
  const fields: Record<string, string> = {
    name: image.name,
    'image-id': image.id,
    'owner-id': image.ownerId,
    state: 'available',
    architecture: 'x86_64',
    'virtualization-type': 'hvm',
    'root-device-type': 'ebs',
  };
  const pattern = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(fields[name] ?? '');
}
