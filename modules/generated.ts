import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from './definition.ts';

/**
 * Fields that a chart makes up anew in each rendering (passwords, keys, certificates, and checksums of these), as
 * property paths of Pulumi. The values of the first deployment stay; each rendering would otherwise change them.
 */
const generated: unique symbol = Symbol('generated');

type Marked = KubernetesObject & { [generated]?: string[] };

export function generatedFields(object: KubernetesObject): string[] {
  return (object as Marked)[generated] ?? [];
}

/** The object with the fields marked in which another rendering of it differs. */
export function markGenerated(object: KubernetesObject, again: KubernetesObject): KubernetesObject {
  const fields = differences(object, again);
  return fields.length > 0 ? ({ ...object, [generated]: fields } as Marked) : object;
}

function differences(one: unknown, other: unknown, path = ''): string[] {
  if (isDeepStrictEqual(one, other)) return [];
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.flatMap((item, index) => differences(item, other[index], `${path}[${index}]`));
  }
  if (isTree(one) && isTree(other)) {
    return Object.keys(one).flatMap((key) => differences(one[key], other[key], `${path}${step(key, path === '')}`));
  }
  return [path];
}

function step(key: string, first: boolean): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `[${JSON.stringify(key)}]`;
  return first ? key : `.${key}`;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Template functions whose result differs from call to call. */
const generators =
  /\b(rand(AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)|gen(CA|SelfSignedCert|SignedCert|PrivateKey)|uuidv4|htpasswd|bcrypt|shuffle|now)\b/;

/** Whether rendering an unpacked chart twice may give two results, going by the functions that its templates call. */
export function makesThingsUp(chart: string): boolean {
  return templates(chart).some((file) =>
    (readFileSync(file, 'utf8').match(/\{\{[^{}]*\}\}/g) ?? []).some((action) => generators.test(action)),
  );
}

function templates(chart: string): string[] {
  return readdirSync(chart, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|tpl)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file.slice(chart.length).includes('/templates/'));
}
