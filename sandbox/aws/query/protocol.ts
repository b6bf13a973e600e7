/** Decoded request parameters: `Filter.1.Value.1=x` is `{ Filter: [{ Value: ['x'] }] }`; lists with or without AWS's `member` level. */
export type Parameter = string | Parameter[] | Parameters;
export interface Parameters {
  [name: string]: Parameter;
}

/** Anything that can be written as a response body. Dates are written in ISO 8601, absent fields left out. */
export type Body = string | number | boolean | Date | undefined | Body[] | { [name: string]: Body };

/** Turns the flat parameters of a query request into a tree. */
export function parseParameters(form: URLSearchParams): Parameters {
  const root: Parameters = {};
  for (const [path, value] of form) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    let node = root;
    for (const name of names) {
      const next = node[name];
      node = typeof next === 'object' && !Array.isArray(next) ? next : newNode(node, name);
    }
    node[last] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, withLists(value)]));
}

function newNode(parent: Parameters, name: string): Parameters {
  const node: Parameters = {};
  parent[name] = node;
  return node;
}

function withLists(value: Parameter): Parameter {
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const names = Object.keys(value);
  if (names.length === 1 && names[0] === 'member') return withLists(value.member as Parameter);
  if (names.length > 0 && names.every((name) => /^\d+$/.test(name)))
    return names.sort((one, other) => Number(one) - Number(other)).map((name) => withLists(value[name] as Parameter));
  return Object.fromEntries(names.map((name) => [name, withLists(value[name] as Parameter)]));
}

export function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === 'string' ? value : undefined;
}

export function number(parameters: Parameters, name: string): number | undefined {
  const value = text(parameters, name);
  return value === undefined ? undefined : Number(value);
}

export function flag(parameters: Parameters, name: string): boolean | undefined {
  const value = text(parameters, name);
  return value === undefined ? undefined : value === 'true';
}

export function texts(parameters: Parameters, name: string): string[] {
  const value = parameters[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function structures(parameters: Parameters, name: string): Parameters[] {
  const value = parameters[name];
  return Array.isArray(value)
    ? value.filter((item): item is Parameters => typeof item === 'object' && !Array.isArray(item))
    : [];
}

export function structure(parameters: Parameters, name: string): Parameters | undefined {
  const value = parameters[name];
  return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

/** `item`: what list entries are called, `item` in EC2 and `member` in the query protocol; elsewhere it depends on the list. */
export function xml(name: string, value: Body, item: string | ((list: string) => string)): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) {
    const entryName = typeof item === 'string' ? item : item(name);
    return `<${name}>${value.map((entry) => xml(entryName, entry, item)).join('')}</${name}>`;
  }
  if (value instanceof Date) return `<${name}>${value.toISOString()}</${name}>`;
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([field, content]) => xml(field, content, item));
    return `<${name}>${fields.join('')}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

export function escapeXml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#xD;');
}
