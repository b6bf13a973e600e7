import { UserError } from '../errors/index.ts';
import { nearest } from '../errors/nearest.ts';
import { moduleIds } from '../releases/release.ts';
import { addons } from './addons/index.ts';
import { argocd } from './argocd/index.ts';
import { auth } from './auth/index.ts';
import { certManager } from './cert-manager/index.ts';
import { ci } from './ci/index.ts';
import { clamav } from './clamav/index.ts';
import type { ModuleDefinition } from './definition.ts';
import { istio } from './istio/index.ts';
import { istioIngress } from './istio-ingress/index.ts';
import { istioPrivateIngress } from './istio-private-ingress/index.ts';
import { logging } from './logging/index.ts';
import { metrics } from './metrics/index.ts';
import { mq } from './mq/index.ts';
import { network } from './network/index.ts';
import { redis } from './redis/index.ts';
import { sql } from './sql/index.ts';
import { storage } from './storage/index.ts';
import { uptimeKuma } from './uptime-kuma/index.ts';

/** Every module, in the order they are deployed: each after what it depends on. */
export const modules: ModuleDefinition[] = [
  network,
  addons,
  certManager,
  storage,
  istio,
  istioIngress,
  istioPrivateIngress,
  metrics,
  logging,
  argocd,
  auth,
  ci,
  mq,
  redis,
  sql,
  clamav,
  uptimeKuma,
];

/** @throws UserError when there is no such module. */
export function module(id: string): ModuleDefinition {
  const found = modules.find((candidate) => candidate.id === id);
  if (found) return found;
  const guess = nearest(id, moduleIds);
  throw new UserError(`There is no module "${id}".`, {
    fix: guess ? `Did you mean "${guess}"?` : `Modules are ${moduleIds.join(', ')}.`,
  });
}
