import { isAlias, isScalar, type Scalar, type ScalarTag } from 'yaml';
import { type Inside, readYaml, type YamlSource } from '../environment/yaml-source.ts';

const valuesPath = ['spec', 'source', 'helm', 'values'] as const;

/** An application.yaml as it is written, right or wrong: what its checks and its migration look at. */
export interface ApplicationText {
  text: string;
  /** The file itself. */
  outer: YamlSource;
  /** `spec.source.targetRevision`; absent where it has no value. */
  targetRevision?: Scalar;
  /** `spec.source.helm.values`; absent where it is no string. */
  values?: Scalar<string>;
  /** What that string says, as Helm reads it. */
  inner?: YamlSource;
}

/** Reads the text of an application.yaml. Never throws for what is in it. `file` is what messages call it. */
export function readApplicationText(text: string, file: string): ApplicationText {
  const outer = readYaml(text, file);
  const revision = outer.document.getIn(['spec', 'source', 'targetRevision'], true);
  const targetRevision = isScalar(revision) && revision.value !== null ? revision : undefined;
  const written = outer.document.getIn(valuesPath, true);
  const values = isAlias(written) ? written.resolve(outer.document) : written;
  if (!isScalar<string>(values) || typeof values.value !== 'string') return { text, outer, targetRevision };
  const inner = readYaml(values.value, file, insideBlock(outer, values, text));
  return { text, outer, targetRevision, values, inner };
}

/** Helm reads YAML 1.1, in which `yes` and `on` are booleans, numbers that start with 0 are octal, and `<<` merges. */
const helmYaml = {
  // For edits of the text.
  keepSourceTokens: true,
  merge: true,
  customTags: (tags: unknown[]) => [
    {
      default: true,
      tag: 'tag:yaml.org,2002:bool',
      test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
      resolve: (text: string) => /^(?:y|on$)/i.test(text),
    } satisfies ScalarTag,
    {
      default: true,
      tag: 'tag:yaml.org,2002:int',
      format: 'OCT',
      test: /^[-+]?0[0-7]+$/,
      resolve: (text: string) => Number.parseInt(text, 8),
    } satisfies ScalarTag,
    ...(tags as ScalarTag[]),
  ],
} as Inside['options'];

/** Translates places within the block scalar `helm.values: |` to places in the file. */
function insideBlock(source: YamlSource, node: Scalar<string>, text: string): Inside {
  const inside = { prefix: [...valuesPath], options: helmYaml };
  const start = node.range?.[0] ?? 0;
  const header = source.lines.linePos(start).line;
  if (node.type !== 'BLOCK_LITERAL')
    return { ...inside, locate: () => ({ line: header, column: source.lines.linePos(start).col }) };
  const written = text.split(/\r?\n/).slice(header);
  const inner = node.value.split('\n');
  const sample = inner.findIndex((line) => line.trim() !== '');
  const indent = sample < 0 ? 0 : written[sample]!.length - inner[sample]!.length;
  return { ...inside, locate: ({ line, column }) => ({ line: line + header, column: column + indent }) };
}
