import { type Document, isCollection, isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../errors/index.ts';
import { type Path, type SchemaProblem, schemaProblems } from '../errors/schema-problems.ts';

/** Something wrong at one place of a YAML file; the position shown is that of the key where the key itself is wrong. */
export interface Problem extends SchemaProblem {
  /** Line and column, counted from 1, where the path alone doesn't tell them (syntax errors). */
  position?: Position;
}

export interface Position {
  line: number;
  column: number;
}

/** A parsed YAML text that can say where in its file something is. */
export interface YamlSource {
  /** File as shown in messages, relative to the working directory where that is shorter. */
  file: string;
  document: Document.Parsed;
  /** Where a position within this text is in the file; differs for YAML inside a block scalar. */
  locate(position: Position): Position;
  lines: LineCounter;
  /** Path in front of every path shown, e.g. `spec.source.helm.values` for the YAML inside it. */
  prefix: Path;
}

/** Parses one YAML document. @throws UserError with every syntax error and its position. */
export function parseYaml(text: string, file: string, inside?: Pick<YamlSource, 'locate' | 'prefix'>): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const source = {
    file,
    document,
    lines,
    locate: inside?.locate ?? ((p: Position) => p),
    prefix: inside?.prefix ?? [],
  };
  const broken = document.errors.map((error) => ({
    path: [],
    message: `broken YAML: ${error.message}`,
    position: positionAt(source, error.pos[0]),
  }));
  if (broken.length > 0) throw problemsError(source, broken);
  return source;
}

/** Checks a document against a schema, without its cross-field rules. */
export function documentProblems(source: YamlSource, schema: z.ZodType): Problem[] {
  const { error } = schema.safeParse(source.document.toJS(), { reportInput: true });
  return error ? schemaProblems(error, schema) : [];
}

/** One error that lists every problem with its place, sorted by place. */
export function problemsError(source: YamlSource, problems: Problem[], fix?: string): UserError {
  const placed = problems
    .map((problem) => ({ ...problem, position: problem.position ?? positionOf(source, problem) }))
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column)
    .map(({ path, message, position }) => {
      const shown = showPath([...source.prefix, ...path]);
      return {
        place: `${source.file}:${position.line}:${position.column}`,
        text: `${shown ? `${shown}: ` : ''}${message}`,
      };
    });
  const [first] = placed;
  const options = { where: first!.place, state: 'nothing was touched', fix: fix ?? `correct ${source.file}` };
  if (placed.length === 1) return new UserError(first!.text, options);
  const list = placed.map(({ place, text }) => `  ${place}: ${text}`).join('\n');
  return new UserError(`${source.file} has ${placed.length} problems:\n${list}`, options);
}

/** `['workers', 1, 'name']` as a person writes it: `workers[1].name`. */
function showPath(path: Path): string {
  return path.reduce<string>(
    (shown, step) => (typeof step === 'number' ? `${shown}[${step}]` : shown ? `${shown}.${step}` : step),
    '',
  );
}

/** Where a problem is: its key or value, or, for something missing, the nearest thing around it. */
function positionOf(source: YamlSource, { path, key }: Problem): Position {
  if (key !== undefined) {
    const parent = source.document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => keyText(item) === key) : undefined;
    const offset = pair && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    if (offset !== undefined) return positionAt(source, offset);
  }
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? source.document.contents : source.document.getIn(path.slice(0, depth), true);
    if ((isScalar(node) || isCollection(node)) && node.range) return positionAt(source, node.range[0]);
  }
  return source.locate({ line: 1, column: 1 });
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function positionAt(source: Pick<YamlSource, 'lines' | 'locate'>, offset: number): Position {
  const { line, col } = source.lines.linePos(offset);
  return source.locate({ line: Math.max(line, 1), column: Math.max(col, 1) });
}
