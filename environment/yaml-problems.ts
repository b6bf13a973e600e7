import type { z } from 'zod';
import { UserError } from '../errors/index.ts';
import { type Path, schemaProblems } from '../errors/schema-problems.ts';
import { type Position, type Problem, positionOf, type YamlSource } from './yaml-source.ts';

/** What is wrong with a document as YAML and, where it can be read, by a schema, without its cross-field rules. */
export function documentProblems(source: YamlSource, schema: z.ZodType): Problem[] {
  if (source.content === undefined) return source.broken;
  const { error } = schema.safeParse(source.content, { reportInput: true });
  return [...source.broken, ...(error ? schemaProblems(error, schema) : [])];
}

/** A problem with its place, as it is shown. */
export interface Finding {
  file: string;
  position: Position;
  /** Path and message. */
  text: string;
}

/** Problems of one source with their places, in the order of the file. */
export function findings(source: YamlSource, problems: Problem[]): Finding[] {
  return problems
    .map((problem) => ({ ...problem, position: positionOf(source, problem) }))
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column)
    .map(({ path, message, position }) => {
      const shown = showPath([...source.prefix, ...path]);
      return { file: source.file, position, text: `${shown ? `${shown}: ` : ''}${message}` };
    });
}

/** One error that lists every finding with its place. */
export function findingsError(found: Finding[], fix?: string): UserError {
  const files = [...new Set(found.map(({ file }) => file))];
  const place = ({ file, position }: Finding) => `${file}:${position.line}:${position.column}`;
  const options = {
    where: place(found[0]!),
    state: 'nothing was touched',
    fix: fix ?? `correct ${files.join(' and ')}`,
  };
  if (found.length === 1) return new UserError(found[0]!.text, options);
  const list = found.map((finding) => `  ${place(finding)}: ${finding.text}`).join('\n');
  return new UserError(
    `${files.join(' and ')} ${files.length > 1 ? 'have' : 'has'} ${found.length} problems:\n${list}`,
    options,
  );
}

/** `['workers', 1, 'name']` as a person writes it: `workers[1].name`. */
function showPath(path: Path): string {
  return path.reduce<string>(
    (shown, step) => (typeof step === 'number' ? `${shown}[${step}]` : shown ? `${shown}.${step}` : step),
    '',
  );
}
