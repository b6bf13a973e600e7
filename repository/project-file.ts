import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';

/** A Pulumi.yaml at another place: what it names by relative paths (the program's entry, plugins) stays where it is. */
export function copyProjectFile(source: string, target: string): void {
  const project = parseDocument(readFileSync(source, 'utf8'));
  const place = (keys: (string | number)[]) => {
    const path = project.getIn(keys);
    if (typeof path === 'string') project.setIn(keys, resolve(dirname(source), path));
  };
  place(['main']);
  const { plugins = {} } = (project.toJS() ?? {}) as { plugins?: Record<string, unknown[]> };
  for (const [kind, entries] of Object.entries(plugins))
    for (const at of entries.keys()) place(['plugins', kind, at, 'path']);
  writeFileSync(target, project.toString());
}
