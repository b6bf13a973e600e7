import { type Document, isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import { keepsPort } from './values.ts';

/**
 * The migration of {@link migrateValues} on the parsed tree, for shapes that can't be edited line by line. Comments, quotes
 * and order stay; spacing becomes the YAML library's. Changes the document.
 */
export function migrateTree(document: Document): void {
  const top = document.contents;
  if (!isMap(top)) return;
  const ingress = top.get('istio-ingress', true);
  if (isMap(ingress)) {
    if (ingress.has('private')) {
      const next = document.createNode({ enabled: true }) as YAMLMap;
      carryOver(document, ingress.get('private', true), next);
      top.set('istio-private-ingress', next);
      ingress.delete('private');
    }
    if (ingress.has('public')) {
      const old = ingress.get('public', true);
      ingress.delete('public');
      carryOver(document, old, ingress as YAMLMap);
    }
    ingress.delete('global');
  }
  top.delete('kiam');
}

function carryOver(document: Document, old: unknown, next: YAMLMap): void {
  if (!isMap(old)) return;
  if (old.has('certificates')) next.set('certificates', old.get('certificates', true));
  if (!old.has('gateway')) return;
  const before = old.get('gateway', true);
  const gateway = document.createNode({}) as YAMLMap;
  if (isMap(before)) {
    if (before.has('replicaCount')) gateway.set('replicaCount', before.get('replicaCount', true));
    if (before.has('ports')) {
      const ports = before.get('ports', true);
      const service = document.createNode({}) as YAMLMap;
      if (isSeq(ports)) ports.items = ports.items.filter((port) => keepsPort((port as Node).toJSON()));
      service.set('ports', isSeq(ports) ? ports : document.createNode([]));
      gateway.set('service', service);
    }
  }
  next.set('gateway', gateway);
}
