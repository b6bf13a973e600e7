import { argocdEffects } from './argocd.ts';
import { caBundleEffects } from './ca-bundles.ts';
import { certManagerEffects } from './cert-manager.ts';
import type { Effect } from './effects.ts';
import { elasticEffects } from './elastic.ts';
import { prometheusEffects } from './prometheus.ts';
import { storageEffects } from './storage.ts';

/** What the cluster's own controllers do, each only while a pod of it is ready. */
export const effects: Effect[] = [
  ...caBundleEffects,
  ...certManagerEffects,
  ...elasticEffects,
  ...prometheusEffects,
  ...argocdEffects,
  ...storageEffects,
];
