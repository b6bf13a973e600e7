import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { deflateRaw } from 'pako';
import { UserError } from '../../errors/index.ts';
import type { KubernetesObject } from '../definition.ts';

/**
 * A CustomResourceDefinition as a stack's state keeps it. The engine writes the whole state before and after each object
 * that it changes, and the definitions of all modules are two megabytes of schemas, which the Kubernetes provider keeps
 * three times over: packed once they are a tenth of one copy.
 */
export interface PackedCrd {
  name: string;
  /** For whoever reads a plain preview: `v1 (stored)`, `v1alpha1 (not served)`. */
  versions: string[];
  /** SHA-256 of the definition as compact JSON, in hexadecimal digits. */
  digest: string;
  /** The definition as compact JSON, deflated without a header, in base64. */
  packed: string;
}

interface CrdVersion {
  name: string;
  served?: boolean;
  storage?: boolean;
}

/** Definitions that were packed before, by their digests: an upgrade updates its stack a dozen times with the same ones. */
const known = new Map<string, string>();

export function packCrd(crd: KubernetesObject): PackedCrd {
  const text = JSON.stringify(crd);
  const digest = digestOf(text);
  // zlib's bytes differ between its builds; this one's are the same everywhere.
  const packed = known.get(digest) ?? Buffer.from(deflateRaw(text, { level: 9 })).toString('base64');
  known.set(digest, packed);
  return { name: crd.metadata.name, versions: versionsOf(crd), digest, packed };
}

/** What tells a definition from another one. */
export function crdDigest(crd: KubernetesObject): string {
  return digestOf(JSON.stringify(crd));
}

/** @throws UserError where what is packed isn't what its digest says: somebody has edited the state. */
export function unpackCrd({ name, digest, packed }: Pick<PackedCrd, 'name' | 'digest' | 'packed'>): KubernetesObject {
  const text = inflated(packed);
  if (text === undefined || digestOf(text) !== digest)
    throw new UserError(`the stack’s state of CustomResourceDefinition ${name} is damaged`, {
      where: `CustomResourceDefinition ${name}: packed, digest`,
      state: 'the object in the cluster was not touched',
      fix: 'import the last good backup of the stack’s state: pulumi stack import --file <backup>',
    });
  return JSON.parse(text);
}

export function isPacked(inputs: object): inputs is PackedCrd {
  const { name, digest, packed } = inputs as Partial<PackedCrd>;
  return [name, digest, packed].every((value) => typeof value === 'string');
}

function inflated(packed: string): string | undefined {
  try {
    return inflateRawSync(Buffer.from(packed, 'base64')).toString();
  } catch {
    return undefined;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function versionsOf({ spec }: KubernetesObject): string[] {
  // The older API names one version beside or instead of the list, and that one is stored.
  const { versions, version } = spec as { versions?: CrdVersion[]; version?: string };
  const all = versions ?? [{ name: version ?? '', served: true, storage: true }];
  return all.map(({ name, served, storage }) =>
    [name, storage ? '(stored)' : served === false ? '(not served)' : ''].filter(Boolean).join(' '),
  );
}
