import { createHash } from 'node:crypto';
import { defaultsKey, isUnknown, unknownText } from '../../../pulumi/marks.ts';
import { type Account, newId } from '../account.ts';
import { AwsError } from '../errors.ts';
import { diffInputs, type PropertyChange } from './diff.ts';
import { checkNotHeld, checkReferences } from './references.ts';
import type { ResourceType } from './resource-type.ts';
import { schemaOf } from './schema.ts';
import { typeOf } from './types/index.ts';
import { compact, isObject, type Properties, withoutDefaultsKey } from './values.ts';

export interface Resource {
  /** Type token, e.g. `aws:ec2/vpc:Vpc`. */
  type: string;
  /** Name in the program. */
  name: string;
}

export interface Difference {
  changes: PropertyChange[];
  /** Top-level properties that call for a replacement. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** The resource exists in the account but isn't what was asked for: the engine must remember it and fail. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly state: Properties;

  constructor(id: string, state: Properties, reason: string) {
    super(reason);
    this.id = id;
    this.state = state;
  }
}

/** Fills in what the provider itself decides: a name, default tags, the region. */
export function checkInputs(
  account: Account,
  { type, name }: Resource,
  olds: Properties,
  news: Properties,
  options: { defaultTags: Record<string, string>; randomSeed: Uint8Array },
): { inputs: Properties; failures: { property: string; reason: string }[] } {
  const schema = schemaOf(type);
  const { autoName } = typeOf(type);
  const inputs = withoutDefaultsKey(news);
  const defaults: string[] = [];
  if (autoName && inputs[autoName] === undefined && inputs[`${autoName}Prefix`] === undefined) {
    const kept = olds[defaultsKey]?.includes(autoName) ? olds[autoName] : undefined;
    inputs[autoName] = kept ?? randomName(type, name, options.randomSeed);
    defaults.push(autoName);
  } else if (autoName && inputs[autoName] === undefined) {
    inputs[autoName] = olds[autoName] ?? inputs[`${autoName}Prefix`] + suffix(options.randomSeed);
    defaults.push(autoName);
  }
  if (schema.outputs.has('tagsAll') && Object.keys(options.defaultTags).length > 0 && !isUnknown(inputs.tags))
    inputs.tags = { ...options.defaultTags, ...inputs.tags };
  if (inputs.region !== undefined && !isUnknown(inputs.region) && inputs.region !== account.region)
    return {
      inputs,
      failures: [{ property: 'region', reason: `the sandbox's account has only the region ${account.region}` }],
    };
  const failures = schema.required
    .filter((property) => inputs[property] === undefined)
    .map((property) => ({ property, reason: `Missing required argument. The argument "${property}" is required` }));
  return { inputs: { ...compact(inputs), [defaultsKey]: defaults }, failures };
}

/** S3 and SQS names have no capitals; everything else takes the program's name. */
function randomName(type: string, name: string, seed: Uint8Array): string {
  const base = type.startsWith('aws:s3/') ? name.toLowerCase() : name;
  return type.startsWith('aws:kms/alias') ? `alias/${base}-${suffix(seed)}` : `${base}-${suffix(seed)}`;
}

function suffix(seed: Uint8Array): string {
  return createHash('sha256')
    .update(seed.length > 0 ? seed : String(Math.random()))
    .digest('hex')
    .slice(0, 7);
}

/** What an update from old to new inputs changes, and whether it has to replace the resource. */
export function difference({ type }: Resource, olds: Properties, news: Properties): Difference {
  const definition = typeOf(type);
  const changes = diffInputs(olds, news);
  const replaces = [...new Set(changes.map(({ property }) => property))].filter((property) =>
    definition.replaceOn?.includes(property),
  );
  // Two resources of one fixed name can't be there at the same time.
  const name = definition.autoName;
  const fixedName = name !== undefined && !replaces.includes(name) && !news[defaultsKey]?.includes(name);
  return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && fixedName };
}

/** Creates a resource and waits until it is usable. @param timeout in seconds; 0: no limit. */
export async function createResource(
  account: Account,
  resource: Resource,
  inputs: Properties,
  timeout = 0,
): Promise<{ id: string; state: Properties }> {
  const type = typeOf(resource.type);
  const id = attempt(`creating ${describe(resource)}`, () => {
    checkReferences(account, type, inputs);
    const wanted = type.create ? type.create(account, inputs) : newResourceId(type, resource, inputs, account);
    if (!type.create && recordsOf(account, resource.type).has(wanted) && type.id)
      throw new AwsError('EntityAlreadyExists', `${resource.type.split(':')[2]} ${wanted} already exists.`);
    return wanted;
  });
  remember(account, resource, id, inputs);
  await settle(account, resource, id, inputs, () => type.settle?.(account, id, inputs, undefined), timeout);
  return { id, state: stateOf(account, resource, id, inputs) };
}

/** What a creation will result in, as far as a preview can tell. */
export function previewCreation(account: Account, resource: Resource, inputs: Properties): Properties {
  const pending = [...schemaOf(resource.type).outputs, ...(typeOf(resource.type).computed ?? [])];
  return {
    ...Object.fromEntries(pending.map((property) => [property, unknownText])),
    ...known(account, resource, inputs),
  };
}

/** Updates a resource in place. @param timeout in seconds; 0: no limit. */
export async function updateResource(
  account: Account,
  resource: Resource,
  id: string,
  before: { state: Properties; inputs: Properties },
  news: Properties,
  timeout = 0,
): Promise<Properties> {
  const type = typeOf(resource.type);
  const changed = [...new Set(diffInputs(before.inputs, news).map(({ property }) => property))];
  const change = { olds: before.inputs, changed, timeout };
  attempt(`updating ${describe(resource)} (${id})`, () => {
    if (!exists(account, resource, id)) throw new AwsError('NotFound', `couldn't find resource ${id}`);
    checkReferences(account, type, news);
    type.update?.(account, id, news, change);
  });
  remember(account, resource, id, news);
  await settle(account, resource, id, news, () => type.settle?.(account, id, news, change), timeout);
  return stateOf(account, resource, id, news);
}

export function previewUpdate(
  account: Account,
  resource: Resource,
  before: { state: Properties; inputs: Properties },
  news: Properties,
): Properties {
  const changed = [...new Set(diffInputs(before.inputs, news).map(({ property }) => property))];
  const recomputed = typeOf(resource.type).recomputed?.(changed, news) ?? [];
  const schema = schemaOf(resource.type);
  const kept = Object.entries(before.state).filter(([name]) => !(name in before.inputs) || schema.outputs.has(name));
  return {
    ...Object.fromEntries(kept),
    ...known(account, resource, news),
    ...Object.fromEntries(recomputed.map((property) => [property, unknownText])),
  };
}

/** State and inputs as they are in the account now; undefined when it is gone. */
export function readResource(
  account: Account,
  resource: Resource,
  id: string,
  inputs: Properties,
): { state: Properties; inputs: Properties } | undefined {
  if (!exists(account, resource, id)) return undefined;
  // What the account holds counts, which somebody may have changed since the inputs were given.
  const remembered = recordsOf(account, resource.type).get(id);
  const actual = remembered ? { ...withoutDefaultsKey(remembered), [defaultsKey]: inputs[defaultsKey] ?? [] } : inputs;
  // Without inputs it is an import or a `get`: what was given at creation is what there is.
  const given = Object.keys(withoutDefaultsKey(inputs)).length > 0 ? inputs : actual;
  const state = stateOf(account, resource, id, actual);
  return { state, inputs: asGiven(given, { ...actual, ...state }) as Properties };
}

/** `actual` without the fields that nobody gave: what AWS filled in by itself is no drift. */
function asGiven(given: unknown, actual: unknown): unknown {
  if (!isObject(given) || !isObject(actual)) return actual;
  return Object.fromEntries(
    Object.keys(given)
      .filter((name) => name in actual)
      .map((name) => [name, asGiven(given[name], actual[name])]),
  );
}

/** A resource that is gone already is as good as deleted. */
export async function deleteResource(
  account: Account,
  resource: Resource,
  id: string,
  state: Properties,
): Promise<void> {
  const type = typeOf(resource.type);
  if (exists(account, resource, id)) {
    try {
      checkNotHeld(account, type, describe(resource), id);
      await type.delete?.(account, id, state);
    } catch (error) {
      throw refusal(`deleting ${describe(resource)} (${id})`, error);
    }
  }
  recordsOf(account, resource.type).delete(id);
}

function stateOf(account: Account, resource: Resource, id: string, inputs: Properties): Properties {
  const type = typeOf(resource.type);
  const schema = schemaOf(resource.type);
  const arn = type.arn?.(id, inputs, account) ?? genericArn(account, resource, id);
  return compact({
    ...(schema.outputs.has('arn') ? { arn } : {}),
    ...known(account, resource, inputs),
    ...type.outputs?.(id, inputs, account),
  });
}

function known(account: Account, resource: Resource, inputs: Properties): Properties {
  const schema = schemaOf(resource.type);
  return {
    ...withoutDefaultsKey(inputs),
    ...(schema.outputs.has('tagsAll') ? { tagsAll: inputs.tags ?? {} } : {}),
    ...(schema.inputs.has('region') ? { region: account.region } : {}),
  };
}

function exists(account: Account, resource: Resource, id: string): boolean {
  const type = typeOf(resource.type);
  return type.exists ? type.exists(account, id) : recordsOf(account, resource.type).has(id);
}

function recordsOf(account: Account, type: string): Map<string, Properties> {
  const records = account.resources.get(type) ?? new Map<string, Properties>();
  account.resources.set(type, records);
  return records;
}

function remember(account: Account, resource: Resource, id: string, inputs: Properties): void {
  recordsOf(account, resource.type).set(id, inputs);
}

function newResourceId(type: ResourceType, resource: Resource, inputs: Properties, account: Account): string {
  if (type.id) return type.id(inputs, account);
  return newId(type.prefix ?? (resource.type.split(':')[2] ?? 'r').toLowerCase());
}

function genericArn(account: Account, resource: Resource, id: string): string {
  const [service = 'ec2', kind = 'resource'] = (resource.type.split(':')[1] ?? '').split('/');
  return account.arn(service, `${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}/${id}`);
}

async function settle(
  account: Account,
  resource: Resource,
  id: string,
  inputs: Properties,
  wait: () => Promise<void> | undefined,
  timeout: number,
): Promise<void> {
  try {
    const waiting = wait();
    if (waiting) await (timeout > 0 ? Promise.race([waiting, deadline(timeout)]) : waiting);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PartialFailure(id, stateOf(account, resource, id, inputs), reason);
  }
}

function deadline(seconds: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('waiting: timeout')), seconds * 1000).unref();
  });
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw refusal(what, error);
  }
}

/** As the real provider words it, so that messages read the same. */
function refusal(what: string, error: unknown): Error {
  return error instanceof AwsError
    ? new Error(`${what}: operation error: StatusCode: ${error.status}, api error ${error.code}: ${error.message}`)
    : (error as Error);
}

/** `aws:ec2/vpc:Vpc` → `EC2 Vpc` */
function describe({ type }: Resource): string {
  const [, module = '', kind = ''] = type.split(':');
  return `${(module.split('/')[0] ?? '').toUpperCase()} ${kind}`;
}
