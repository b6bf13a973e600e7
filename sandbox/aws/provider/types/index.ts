import type { ResourceType } from '../resource-type.ts';
import { computeTypes } from './compute.ts';
import { identityTypes } from './identity.ts';
import { networkTypes } from './network.ts';
import { serviceTypes } from './services.ts';

const types: Record<string, ResourceType> = { ...networkTypes, ...computeTypes, ...identityTypes, ...serviceTypes };

/** A type without an entry of its own is a record whose name, if it has one, can't change. */
const record: ResourceType = { replaceOn: ['name', 'namePrefix'] };

/** How resources of a type behave, by its token, e.g. `aws:ec2/vpc:Vpc`. */
export function typeOf(token: string): ResourceType {
  return types[token] ?? record;
}
