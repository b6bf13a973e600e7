import { AwsError } from '../errors.ts';
import { type Parameters, structures, text, texts } from './protocol.ts';

/** Values of one described thing by filter name; `tag:<key>`, `tag-key` and `tag-value` come from `tags`. */
export interface Filterable {
  fields: Record<string, string | undefined>;
  tags: Record<string, string>;
}

/** How EC2 names a request's filters. */
export const ec2Filter = { list: 'Filter', value: 'Value' };

/** A predicate for the request's filters: all must match, one value of each suffices, `*` and `?` are wildcards. */
export function filterOf(
  parameters: Parameters,
  names: { list: string; value: string },
): (item: Filterable) => boolean {
  const filters = structures(parameters, names.list).map((filter) => ({
    name: text(filter, 'Name') ?? '',
    patterns: texts(filter, names.value).map(wildcard),
  }));
  return (item) =>
    filters.every(({ name, patterns }) =>
      candidates(item, name).some((value) => patterns.some((pattern) => pattern.test(value))),
    );
}

function candidates({ fields, tags }: Filterable, name: string): string[] {
  if (name.startsWith('tag:')) {
    const value = tags[name.slice('tag:'.length)];
    return value === undefined ? [] : [value];
  }
  if (name === 'tag-key') return Object.keys(tags);
  if (name === 'tag-value') return Object.values(tags);
  if (!(name in fields)) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  const value = fields[name];
  return value === undefined ? [] : [value];
}

function wildcard(value: string): RegExp {
  const source = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
