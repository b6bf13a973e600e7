import { type Cluster, find } from '../live/kubernetes/client.ts';
import type { Event, EventSink } from '../report/events.ts';
import { redacting } from '../report/redacting.ts';

const name = 'kubezero-upgrade-record';
const namespace = 'kube-system';
/** A ConfigMap holds 1 MiB; the newest runs are kept within this many characters. */
const limit = 200_000;

/**
 * Keeps an audit record in the cluster: who upgraded what when, each step with its outcome and what was done to
 * machines. ConfigMap `kube-system/kubezero-upgrade-record`, one JSON line per event, oldest lines dropped. It is never
 * read to decide anything.
 */
export function clusterRecord(cluster: Cluster): EventSink {
  let lines: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  const flush = () => {
    writing = writing.then(async () => {
      if (lines.length === 0) return;
      const batch = lines;
      lines = [];
      // The API may be away just now: the lines go with the next ones.
      await append(cluster, batch).catch(() => {
        lines = [...batch, ...lines];
      });
    });
    return writing;
  };
  const tolerated = new Set<string>();
  const sink: EventSink = (event) => {
    if (!kept.has(event.type)) return;
    if (event.type === 'tolerated') {
      // Gates report a known issue on every look; once per step is enough here.
      const key = `${event.step} ${event.issue}`;
      if (tolerated.has(key)) return;
      tolerated.add(key);
    }
    lines.push(JSON.stringify(event));
    if (event.type !== 'action') void flush();
  };
  sink.close = flush;
  return redacting(sink);
}

const kept = new Set<Event['type']>([
  'run-started',
  'step-started',
  'step-finished',
  'action',
  'tolerated',
  'run-finished',
]);

async function append(cluster: Cluster, lines: string[]): Promise<void> {
  const map = await find(cluster.core.readNamespacedConfigMap({ name, namespace }));
  const all = `${map?.data?.events ?? ''}${lines.join('\n')}\n`;
  const events = all.length > limit ? all.slice(all.indexOf('\n', all.length - limit) + 1) : all;
  const body = { metadata: { name, namespace }, data: { events } };
  if (map) await cluster.core.replaceNamespacedConfigMap({ name, namespace, body });
  else await cluster.core.createNamespacedConfigMap({ namespace, body });
}
