import { existsSync } from 'node:fs';
import { createTwoFilesPatch } from 'diff';
import { isMap, isScalar, parseDocument } from 'yaml';
import type { Environment } from '../../environment/environment.ts';
import type { ManifestFile } from '../../stacks/delivery.ts';
import { type ManifestChange, manifestChanges, manifestsOf } from '../delivery/manifests.ts';
import { maskText } from '../engine/changes/masking.ts';
import type { EnvironmentPlan } from './document.ts';

type ManifestPlan = NonNullable<EnvironmentPlan['manifests']>[number];

/**
 * What a commit of rendered manifests would change, without secrets.
 * @returns undefined where there are none to commit: Pulumi delivers the modules, and always did.
 */
export async function manifestPlans(
  environment: Environment,
  files: ManifestFile[],
): Promise<ManifestPlan[] | undefined> {
  if (environment.delivery === 'pulumi' && !existsSync(manifestsOf(environment))) return undefined;
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const changes = await manifestChanges(environment, files);
  return changes.map((change) => planOf(change, texts.get(change.path) ?? ''));
}

function planOf({ operation, module, object, path, diff, before }: ManifestChange, after: string): ManifestPlan {
  const isSecret = [before, after].some((text) => /^kind: *Secret *$/m.test(text));
  if (!isSecret) return { operation, module, object, path, diff: maskText(diff) };
  const [old, young] = [hiding(before), hiding(after, before)];
  const masked = createTwoFilesPatch(`a/${path}`, `b/${path}`, old, young, undefined, undefined, { context: 3 });
  return { operation, module, object, path, diff: masked };
}

/** A Secret without its data; with the other side given, what isn't as there is marked. */
function hiding(text: string, before?: string): string {
  if (!text) return text;
  const [document, compared] = [parseDocument(text), parseDocument(before || '{}')];
  for (const part of ['data', 'stringData']) {
    const values = document.get(part);
    if (!isMap(values)) continue;
    for (const { key } of values.items) {
      const name = String(isScalar(key) ? key.value : key);
      const same = !before || document.getIn([part, name]) === compared.getIn([part, name]);
      document.setIn([part, name], same ? '[secret]' : '[secret, another one]');
    }
  }
  return document.toString();
}
