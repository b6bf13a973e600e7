import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isNode, type YAMLMap } from 'yaml';
import { isMapping, type Values } from './values.ts';

/**
 * Makes a document say these values, for shapes that can't be edited line by line. What stays the same keeps its
 * comments, quotes and order; spacing becomes the YAML library's. Changes the document.
 */
export function rewriteTree(document: Document, values: Values): void {
  if (isMap(document.contents)) rewriteMap(document, document.contents, values);
  else document.contents = document.createNode(values);
}

function rewriteMap(document: Document, map: YAMLMap, values: Values): void {
  for (const [key, value] of Object.entries(values)) {
    const node = map.get(key, true);
    if (isMap(node) && isMapping(value)) rewriteMap(document, node, value);
    else if (!isNode(node) || !isDeepStrictEqual(node.toJS(document), value)) map.set(key, document.createNode(value));
  }
  for (const { key } of [...map.items]) {
    const name = isNode(key) ? key.toJS(document) : key;
    if (!Object.hasOwn(values, String(name))) map.delete(key);
  }
}
