/** A property path in parts: names and places in lists. */
export type PropertyPath = (string | number)[];

const part = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Takes a path apart as Pulumi writes it: `spec.containers[0].image`, `data["tls.key"]`.
 * @returns the whole as one name where it isn't written like that.
 */
export function parsePath(text: string): PropertyPath {
  const parts: PropertyPath = [];
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    if (!found) return [text];
    const [, name, place, quoted] = found;
    if (place !== undefined) parts.push(Number(place));
    else parts.push(name ?? (quoted as string).replaceAll(/\\(.)/g, '$1'));
  }
  return parts;
}

/** Writes a path the way {@link parsePath} reads it. */
export function writePath(parts: PropertyPath): string {
  let text = '';
  for (const one of parts) {
    if (typeof one === 'number') text += `[${one}]`;
    else if (/^[^.[\]"]+$/.test(one)) text += text ? `.${one}` : one;
    else text += `["${one.replaceAll(/["\\]/g, '\\$&')}"]`;
  }
  return text;
}
