import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../definition.ts';

/**
 * What Grafana's sidecar runs after it has fetched or removed files. It unpacks what is new, whoever keeps it packed, and
 * removes what came out of a file that is gone, so that Grafana forgets the dashboards of a module that is switched off.
 * A mark of the same second as its file proves nothing, busybox compares whole seconds: the file is unpacked once more.
 */
const script = `#!/bin/sh
find /tmp/dashboards -name '*.gz' | while read -r packed; do
  plain="\${packed%.gz}"
  if [ "$plain.unpacked" -nt "$packed" ]; then continue; fi
  touch "$plain.begun"
  if gunzip -c "$packed" > "$plain.new"; then
    mv -f "$plain.new" "$plain"
    mv -f "$plain.begun" "$plain.unpacked"
  else
    rm -f "$plain.new" "$plain.begun" "$plain.unpacked"
  fi
done
find /tmp/dashboards -name '*.unpacked' | while read -r mark; do
  plain="\${mark%.unpacked}"
  if [ ! -e "$plain.gz" ]; then rm -f "$plain" "$mark"; fi
done
`;

export function dashboardScript(labels: Record<string, string>, namespace: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'script-configmap', namespace, labels },
    data: { 'script.sh': script },
  };
}

/** Annotation of Grafana's pods. They mount a single file of the ConfigMap, which a running pod never sees changed: another script needs other pods. */
export const scriptChecksum = { 'checksum/dashboard-script': createHash('sha256').update(script).digest('hex') };
