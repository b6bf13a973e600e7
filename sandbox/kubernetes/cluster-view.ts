import type { Collection } from './collection.ts';

/** What the cluster's controllers see of it; shared by everything that acts on it. */
export interface ClusterView {
  pods: Collection;
  nodes: Collection;
  services: Collection;
}
