import { holdsSecrets, isReference, isSecretName } from './secret-names.ts';

/** A document or a value as this room walks it, whatever it was read from. */
export interface Tree<Place> {
  place: Place;
  entries?: { key: string; tree: Tree<Place> }[];
  items?: Tree<Place>[];
  /** Of a leaf. */
  value?: unknown;
}

/**
 * What is above a value says of it: nothing; that it is in something secret, whose name or place may be shown; that it is
 * data of a Kubernetes Secret, of which nothing may.
 */
export type Setting = 'open' | 'within' | 'sealed';

export interface Leaf<Place> {
  place: Place;
  value: unknown;
  /** By its name or by what it is in. Otherwise a text, which may have secrets in it all the same. */
  secret: boolean;
}

/** Every leaf of a tree that is secret, or a text. */
export function leavesOf<Place>(tree: Tree<Place>, setting: Setting = 'open', name = ''): Leaf<Place>[] {
  const { place, entries, items, value } = tree;
  if (entries) {
    const fields = scalarsOf(tree);
    // Says what may be in objects, e.g. that there may be a password.
    if (fields.get('kind') === 'CustomResourceDefinition') return [];
    return entries.flatMap(({ key, tree: child }) => leavesOf(child, settingBelow(setting, fields, key), key));
  }
  if (items) {
    return items.flatMap((item, index) =>
      leavesOf(item, isSecretOption(items[index - 1]?.value) ? 'sealed' : setting, name),
    );
  }
  const secret = isSecretLeaf(setting, name, value);
  return secret || typeof value === 'string' ? [{ place, value, secret }] : [];
}

/** Whether a leaf is secret by its name or by what it is in. */
export function isSecretLeaf(setting: Setting, name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean' || value === '') return false;
  if (setting === 'sealed') return true;
  if (setting === 'within') return !isReference(name);
  return isSecretName(name);
}

/**
 * What the fields of an object say of one below it.
 * @param fields of the object, those that are texts.
 */
export function settingBelow(setting: Setting, fields: ReadonlyMap<string, string>, key: string): Setting {
  if (setting === 'sealed') return 'sealed';
  if (fields.get('kind') === 'Secret' && (key === 'data' || key === 'stringData')) return 'sealed';
  // `{ name: DB_PASSWORD, value: ... }`: environment variables, Helm's parameters, headers.
  if (key === 'value' && isSecretName(fields.get('name') ?? fields.get('key') ?? '')) return 'sealed';
  if (setting === 'within') return isReference(key) ? 'open' : 'within';
  return holdsSecrets(key) ? 'within' : 'open';
}

function scalarsOf<Place>({ entries = [] }: Tree<Place>): Map<string, string> {
  return new Map(entries.flatMap(({ key, tree: { value } }) => (typeof value === 'string' ? [[key, value]] : [])));
}

/** `--password` as an argument of its own: the next one is the secret. */
export function isSecretOption(value: unknown): boolean {
  return typeof value === 'string' && /^--?[A-Za-z][\w-]*$/.test(value) && isSecretName(value);
}

/** A JSON value as a tree; places are paths. */
export function valueTree(value: unknown, place: (string | number)[] = []): Tree<(string | number)[]> {
  if (Array.isArray(value)) return { place, items: value.map((item, index) => valueTree(item, [...place, index])) };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => ({ key, tree: valueTree(item, [...place, key]) }));
    return { place, entries };
  }
  return { place, value };
}
