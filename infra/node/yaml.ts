import { stringify } from 'yaml';

/** Plain YAML, one line per value, so that a difference between two releases shows as lines. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, indentSeq: false });
}

/** Several documents of one file. */
export function toYamlDocuments(values: unknown[]): string {
  return values.map(toYaml).join('---\n');
}
