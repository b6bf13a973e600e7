import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { migrateValues } from '../../application/migration/index.ts';
import type { Values } from '../../modules/definition.ts';
import { mergeValues } from '../../modules/schema.ts';
import { releases } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';

/** Values of the demo environment's application.yaml, which is of 1.21. */
export function demoValues(): Values {
  const document = parse(readFileSync(join(repositoryRoot, 'stacks/demo/application.yaml'), 'utf8'));
  return parse(document.spec.source.helm.values);
}

/** Values with every part of every module on, for either release. */
export function everything(release: ReleaseId): Values {
  const values = mergeValues(demoValues(), overlay('everything.yaml'));
  return release === '1.21'
    ? values
    : mergeValues(migrateValues(values, releases[release]!).values, overlay('everything-1.22.yaml'));
}

function overlay(file: string): Values {
  return parse(readFileSync(join(repositoryRoot, 'test/engine', file), 'utf8'));
}
