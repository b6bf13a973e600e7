import { isDeepStrictEqual } from 'node:util';
import { masked, maskedAnew, mayBeSecret } from '../../../secrets/finding.ts';
import { unpack } from '../../../secrets/packed.ts';
import {
  isSecretLeaf,
  isSecretOption,
  leavesOf,
  type Setting,
  settingBelow,
  valueTree,
} from '../../../secrets/structure.ts';
import { maskText, maskTexts } from '../../../secrets/texts.ts';
import { type PropertyPath, parsePath } from './paths.ts';
import type { PropertyChange, PropertyValue } from './schema.ts';

export { maskText, maskTexts };

/** What the resource is whose property is looked at, for rules that go by type, e.g. `data` of Kubernetes Secrets. */
export interface PropertyOwner {
  /** Pulumi type, e.g. `kubernetes:core/v1:Secret`. */
  type: string;
  /** Logical name within its stack. */
  name: string;
  /**
   * Its inputs and outputs on both sides, as far as there are any: what stands beside a property may say that it is secret,
   * e.g. the name beside the value of an environment variable.
   */
  states?: readonly unknown[];
}

/** Properties that are secret and whose names don't say so, by the type of their resource. */
const secretProperties: [type: RegExp, properties: RegExp][] = [
  [/^kubernetes:core\/v1:Secret(?:Patch|List)?$/, /^(?:data|stringData)$/],
  [/^aws:ssm\/parameter:/, /^(?:value|insecureValue)$/],
  [/^aws:secretsmanager\/secretVersion:/, /^secret/],
  [/^aws:iam\/accessKey:/, /^(?:secret|sesSmtpPasswordV4|encryptedSecret)$/],
  [/^random:index\/random(?:Password|Bytes):/, /^(?:result|bcryptHash|base64|hex)$/],
];

/** Say what may be in objects, e.g. that there may be a password; no secret is in them. */
const definitions = /^kubernetes:apiextensions\.k8s\.io\/[^:]+:CustomResourceDefinition$/;

/**
 * Takes secrets out of a property's values that Pulumi doesn't know to be secret: called for every property that goes
 * into a plan, before its changed lines are worked out. Values may be anything JSON, also whole objects of a created resource.
 * @returns the property with `secret` on both sides where all of it is secret, with parts of its values replaced
 * where only those are; a property that is fine comes back as it is.
 */
export function maskProperty(change: PropertyChange, owner: PropertyOwner): PropertyChange {
  if (definitions.test(owner.type)) return change;
  const path = parsePath(change.path);
  const setting = settingAt(path, owner);
  const name = nameAt(path);
  const sides = [change.before, change.after];
  const values = sides.map((side) => (side?.state === 'known' ? side.value : undefined));
  if (values.some((value) => isLeaf(value) && isSecretLeaf(setting, name, value) && mayBeSecret(String(value))))
    return sealed(change);
  const [before, after] = maskValues(values[0], values[1], setting, name);
  const packed = values.some((value) => typeof value === 'string' && unpack(value) !== undefined);
  // What is packed is compared unpacked, where only parts of it are masked.
  if (!packed && [before, after].some((value) => value === masked || value === maskedAnew)) return sealed(change);
  if (before === values[0] && after === values[1]) return change;
  return {
    ...change,
    ...(change.before?.state === 'known' ? { before: known(before) } : {}),
    ...(change.after?.state === 'known' ? { after: known(after) } : {}),
  };
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null);
}

function known(value: unknown): PropertyValue {
  return { state: 'known', value: value as never };
}

function sealed(change: PropertyChange): PropertyChange {
  const secret: PropertyValue = { state: 'secret' };
  return {
    ...change,
    ...(change.before ? { before: secret } : {}),
    ...(change.after ? { after: secret } : {}),
  };
}

/** Both sides with their secrets replaced; a side in which there is none comes back as it is. */
function maskValues(before: unknown, after: unknown, setting: Setting, name: string): [unknown, unknown] {
  const sides = [before, after].map((side) => new Map(side === undefined ? [] : secretLeaves(side, setting, name)));
  const [old, young] = sides as [Map<string, unknown>, Map<string, unknown>];
  const masks = [new Map<string, string>(), new Map<string, string>()] as const;
  for (const path of new Set([...old.keys(), ...young.keys()])) {
    const steps = JSON.parse(path) as PropertyPath;
    const [was, is] = [valueAt(before, steps), valueAt(after, steps)];
    const [one, other] = [old, young].map((side) => side.get(path) === true);
    if (one || other) {
      if (isLeaf(was)) masks[0].set(path, masked);
      if (isLeaf(is)) masks[1].set(path, before === undefined || isDeepStrictEqual(was, is) ? masked : maskedAnew);
      continue;
    }
    const texts = [was, is].map((value) => (typeof value === 'string' ? value : ''));
    const [shown, shownNow] = before === undefined ? ['', maskText(texts[1]!)] : maskTexts(texts[0]!, texts[1]!);
    if (shown !== texts[0]) masks[0].set(path, shown);
    if (shownNow !== texts[1]) masks[1].set(path, after === undefined ? shown : shownNow);
  }
  return [replaced(before, masks[0]), replaced(after, masks[1])];
}

/** An object or a text without its secrets, e.g. a manifest. */
export function maskValue<T>(value: T): T {
  return maskValues(undefined, value, 'open', '')[1] as T;
}

/** Leaves by their path: whether they are secret as a whole; others are texts. */
function secretLeaves(value: unknown, setting: Setting, name: string): [path: string, secret: boolean][] {
  return leavesOf(valueTree(value), setting, name).map(({ place, value: leaf, secret }) => [
    JSON.stringify(place),
    secret && mayBeSecret(String(leaf)),
  ]);
}

function valueAt(value: unknown, [step, ...below]: PropertyPath): unknown {
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, step) ? valueAt((value as Record<string | number, unknown>)[step], below) : undefined;
}

function replaced(value: unknown, masks: ReadonlyMap<string, string>, place: PropertyPath = []): unknown {
  if (masks.size === 0) return value;
  if (Array.isArray(value)) return value.map((item, index) => replaced(item, masks, [...place, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaced(item, masks, [...place, key])]),
    );
  }
  return masks.get(JSON.stringify(place)) ?? value;
}

/** What is above a property says of it, on any side. */
function settingAt(path: PropertyPath, { type, states = [] }: PropertyOwner): Setting {
  const [first] = path;
  if (secretProperties.some(([types, properties]) => types.test(type) && properties.test(String(first))))
    return 'sealed';
  let setting: Setting = 'open';
  let objects: unknown[] = [...states];
  for (const step of path) {
    if (typeof step === 'string') {
      const above: Setting = setting;
      const settings: Setting[] = [{}, ...objects].map((object) => settingBelow(above, fieldsOf(object), step));
      setting = (['sealed', 'within', 'open'] as const).find((one) => settings.includes(one))!;
    } else if (objects.some((object) => isSecretOption(valueAt(object, [step - 1])))) setting = 'sealed';
    objects = objects.flatMap((object) => {
      const below = valueAt(object, [step]);
      return below === undefined ? [] : [below];
    });
  }
  return setting;
}

function fieldsOf(object: unknown): ReadonlyMap<string, string> {
  if (typeof object !== 'object' || object === null) return new Map();
  return new Map(Object.entries(object).filter(([, value]) => typeof value === 'string'));
}

function nameAt(path: PropertyPath): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}
