import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Document, parseDocument } from 'yaml';
import type { DesiredState, Layer } from '../../environment/outputs.ts';

/**
 * Writes a layer's desired state into its stack's Pulumi configuration (`Pulumi.<stack>.yaml` in the environments
 * directory), namespace `kubezero`. Everything else in the file (secrets, salt, comments) stays as it is.
 * Pulumi's Automation API ignores `stackConfigDir`, so the file is edited here.
 */
export function writeDesiredState<L extends keyof DesiredState>(
  directory: string,
  stack: string,
  desired: DesiredState[L],
): void {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const document = before ? parseDocument(before) : new Document({});
  const config = (document.toJS() as { config?: Record<string, unknown> } | null)?.config ?? {};
  const changed = Object.entries(desired).filter(
    ([key, value]) => !isDeepStrictEqual(config[`kubezero:${key}`], value),
  );
  // Writing would also re-format: a file that says so already is not touched.
  if (changed.length === 0) return;
  for (const [key, value] of changed) document.setIn(['config', `kubezero:${key}`], document.createNode(value));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, document.toString());
}

/** Name of a layer's stack: `<environment>-<layer>`. */
export function stackName(environment: string, layer: Layer): string {
  return `${environment}-${layer}`;
}
