import { type Document, isMap, isScalar, LineCounter, parseAllDocuments, Scalar } from 'yaml';
import { UserError } from '../../errors/index.ts';

/** What of an application.yaml the migration reads and writes. */
export interface Application {
  text: string;
  document: Document.Parsed;
  targetRevision: Scalar;
  /** The string of KubeZero values; absent where the Application has none. */
  values?: Scalar<string>;
  lines: LineCounter;
}

/**
 * Reads KubeZero's ArgoCD Application.
 * @throws UserError for broken YAML (with its line), several documents, anything that isn't KubeZero's Application.
 */
export function readApplication(text: string, file: string): Application {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { keepSourceTokens: true, lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents) || documents.length === 0) throw notAnApplication(file, 'the file is empty');
  if (documents.length > 1)
    throw notAnApplication(file, `there are ${documents.length} YAML documents in it, expected one`);
  const document = documents[0] as Document.Parsed;
  const broken = document.errors[0];
  if (broken) {
    throw new UserError(`broken YAML: ${broken.message}`, {
      where: place(file, lines, broken.pos[0]),
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
  const targetRevision = document.getIn(['spec', 'source', 'targetRevision'], true);
  if (!isScalar(targetRevision) || targetRevision.value === null) {
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
  if (values === undefined || (isScalar(values) && values.value === null))
    return { text, document, targetRevision, lines };
  if (!isScalar(values) || typeof values.value !== 'string') {
    throw new UserError("expected KubeZero's values as one string", {
      where: `${file}: spec.source.helm.values`,
      fix: 'write `values: |` and the values indented below it',
      state: untouched,
    });
  }
  return { text, document, targetRevision, values: values as Scalar<string>, lines };
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
export function place(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
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
