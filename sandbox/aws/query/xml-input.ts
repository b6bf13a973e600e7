/** An element of a request body: its texts and elements by name. Attributes and comments don't matter to the AWS APIs. */
export interface XmlElement {
  text: string;
  children: Map<string, XmlElement[]>;
}

const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<\/([\w:.-]+)\s*>|<([\w:.-]+)(?:\s[^>]*?)?(\/?)>|([^<]+)/g;

/** The root element of a request body. @throws SyntaxError where it isn't well-formed. */
export function parseXml(text: string): XmlElement {
  const document = newElement();
  const open: { name: string; element: XmlElement }[] = [{ name: '', element: document }];
  let at = 0;
  for (const match of text.matchAll(token)) {
    if (match.index !== at) break;
    at += match[0].length;
    const [, closed, opened, empty, content] = match;
    const parent = open.at(-1) as { name: string; element: XmlElement };
    if (content !== undefined) parent.element.text += unescapeXml(content);
    else if (opened !== undefined) {
      const element = newElement();
      parent.element.children.set(opened, [...(parent.element.children.get(opened) ?? []), element]);
      if (!empty) open.push({ name: opened, element });
    } else if (closed !== undefined) {
      if (closed !== parent.name) throw new SyntaxError(`</${closed}> closes <${parent.name}>`);
      open.pop();
    }
  }
  const root = [...document.children.values()].flat();
  if (at !== text.length || open.length !== 1 || root.length !== 1) throw new SyntaxError('not well-formed');
  return root[0] as XmlElement;
}

/** Elements at a path below an element, e.g. `ChangeBatch/Changes/Change`. */
export function elements(element: XmlElement | undefined, path: string): XmlElement[] {
  return path
    .split('/')
    .reduce<XmlElement[]>(
      (found, name) => found.flatMap(({ children }) => children.get(name) ?? []),
      element ? [element] : [],
    );
}

/** Text of the first element at a path, without the space around it. */
export function textAt(element: XmlElement | undefined, path: string): string | undefined {
  return elements(element, path)[0]?.text.trim();
}

function newElement(): XmlElement {
  return { text: '', children: new Map() };
}

function unescapeXml(value: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return value.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name = '') => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return named[name] ?? whole;
  });
}
