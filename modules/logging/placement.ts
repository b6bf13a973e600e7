import type { SnapshotAccess } from './snapshots.ts';

/** Where Elasticsearch and Kibana are, and what is around them. */
export interface Placement {
  /** Name of Elasticsearch and Kibana. */
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Metrics of Elasticsearch are scraped. */
  monitored: boolean;
  snapshots: SnapshotAccess;
}

/** TLS is Istio's business. */
export const plainHttp = { tls: { selfSignedCertificate: { disabled: true } } };

/** Nodes with this label are preferred. */
export function preferred({ key, value }: { key: string; value: string }) {
  return {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 1, preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] } },
    ],
  };
}
