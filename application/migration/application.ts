import { isMap, isScalar, parseAllDocuments, Scalar } from 'yaml';
import { positionAt, type YamlSource } from '../../environment/yaml-source.ts';
import { UserError } from '../../errors/index.ts';
import { type ApplicationText, readApplicationText } from '../application-text.ts';

/** KubeZero's Application: one that a migration can be done to. */
export interface Application extends ApplicationText {
  targetRevision: Scalar;
}

/**
 * Reads KubeZero's ArgoCD Application.
 * @throws UserError for broken YAML (with its line), several documents, anything that isn't KubeZero's Application.
 */
export function readApplication(text: string, file: string): Application {
  const read = readApplicationText(text, file);
  const { document } = read.outer;
  if (text.trim() === '') throw notAnApplication(file, 'the file is empty');
  const broken = document.errors[0];
  if (broken?.code === 'MULTIPLE_DOCS') {
    const count = [parseAllDocuments(text)].flat().length;
    throw notAnApplication(file, `there are ${count} YAML documents in it, expected one`);
  }
  if (broken) {
    throw new UserError(`broken YAML: ${broken.message}`, {
      where: place(read.outer, broken.pos[0]),
      state: untouched,
    });
  }
  if (!isMap(document.contents)) throw notAnApplication(file, 'expected a mapping with apiVersion, kind, spec');
  const kind = document.get('kind');
  if (kind !== 'Application' || !String(document.get('apiVersion')).startsWith('argoproj.io/')) {
    throw notAnApplication(file, `expected kind Application of argoproj.io, found ${kind ?? 'no kind'}`);
  }
  const chart = document.getIn(['spec', 'source', 'chart']);
  if (chart !== undefined && chart !== 'kubezero') {
    throw notAnApplication(file, `expected spec.source.chart kubezero, found ${String(chart)}`);
  }
  const { targetRevision } = read;
  if (!targetRevision) {
    throw new UserError('missing: version of the kubezero chart', {
      where: `${file}: spec.source.targetRevision`,
      fix: 'set it to the version that is deployed, e.g. 1.21.9-4',
      state: untouched,
    });
  }
  if (document.getIn(['spec', 'source', 'helm', 'valuesObject']) !== undefined) {
    throw new UserError("KubeZero's values must be in helm.values, a string", {
      where: `${file}: spec.source.helm.valuesObject`,
      fix: 'move them to spec.source.helm.values: |',
      state: untouched,
    });
  }
  const values = document.getIn(['spec', 'source', 'helm', 'values'], true);
  if (isScalar(values) ? values.value !== null && !read.values : values !== undefined) {
    throw new UserError("expected KubeZero's values as one string", {
      where: `${file}: spec.source.helm.values`,
      fix: 'write `values: |` and the values indented below it',
      state: untouched,
    });
  }
  return { ...read, targetRevision };
}

export const untouched = 'nothing was changed';

function notAnApplication(file: string, why: string): UserError {
  return new UserError(`this is not KubeZero's application.yaml: ${why}`, {
    where: file,
    fix: "give the ArgoCD Application named kubezero, as in the environment's application.yaml",
    state: untouched,
  });
}

/** `file:line:column` of an offset. */
export function place(source: YamlSource, offset: number): string {
  const { line, column } = positionAt(source, offset);
  return `${source.file}:${line}:${column}`;
}

/** A literal block's lines as they stand in the file, and what stands before each of them. */
export interface LiteralBlock {
  /** Offset of the first line, and of the end of the last. */
  start: number;
  end: number;
  /** Raw lines without line ends. */
  lines: string[];
  indent: string;
}

/** The raw lines of `values: |`; undefined where the values are a string of another style, or their indentation is unclear. */
export function literalBlock(text: string, scalar: Scalar<string>): LiteralBlock | undefined {
  if (scalar.type !== Scalar.BLOCK_LITERAL || !scalar.range) return undefined;
  const start = text.indexOf('\n', scalar.range[0]) + 1;
  const end = scalar.range[1];
  if (start === 0 || start > end) return undefined;
  const lines = text
    .slice(start, end)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const inner = scalar.value.split('\n');
  const sample = inner.findIndex((line) => line.trim() !== '');
  const raw = lines[sample];
  if (sample < 0 || raw === undefined || !raw.endsWith(inner[sample] as string)) return undefined;
  const indent = raw.slice(0, raw.length - (inner[sample] as string).length);
  const same = inner.every((line, index) => line.trim() === '' || lines[index] === indent + line);
  return same && indent.trim() === '' ? { start, end, lines, indent } : undefined;
}
