import type { Kept, MigrationOperation, MoveOperation } from '../migration.ts';

/** What of a 1.21 gateway has a place in 1.22, whose gateway charts bring three ports by themselves. */
const gateway: Kept = {
  certificates: 'as-it-is',
  gateway: {
    section: {
      replicaCount: 'as-it-is',
      ports: { below: 'service', without: { key: 'name', of: ['status-port', 'http2', 'https'] } },
    },
  },
};

const leftOut: MoveOperation['leftOut'] = {
  // Said by the move itself.
  enabled: () => undefined,
  proxyProtocol: (value) =>
    `(${JSON.stringify(value)}) was left out${value === false ? '; 1.22 always turns it on' : ''}`,
};

/**
 * From values of 1.21 to those of 1.22, as upstream's releases/v1.22/migrate_argo.py does it: the private gateways
 * become a module of their own, the public ones move up into `istio-ingress`, `istio-ingress.global` and `kiam` go. Where
 * upstream would stop at a missing or empty key this goes on. Done twice it does nothing more.
 */
export const migration: MigrationOperation[] = [
  {
    kind: 'move',
    from: 'istio-ingress.private',
    to: 'istio-private-ingress',
    keep: gateway,
    set: { enabled: true },
    leftOut,
    warn: privateSwitch,
  },
  { kind: 'move', from: 'istio-ingress.public', to: 'istio-ingress', keep: gateway, leftOut, warn: publicSwitch },
  { kind: 'delete', path: 'istio-ingress.global' },
  {
    kind: 'delete',
    path: 'kiam',
    warn: (kiam) =>
      (kiam as { enabled?: unknown } | null)?.enabled === true
        ? ['kiam was enabled: whatever still uses it must have moved to OIDC roles before the upgrade removes it']
        : [],
  },
];

/** 1.22 has no switch per kind of gateway: the private ones come on ... */
function privateSwitch(old: Record<string, unknown>): string[] {
  if (old.enabled === true) return [];
  const was = 'enabled' in old ? `was ${JSON.stringify(old.enabled)}` : 'was not set';
  return [
    `istio-ingress.private.enabled ${was}, but istio-private-ingress is now enabled: set istio-private-ingress.enabled to false to keep it off`,
  ];
}

/** ... and the public ones follow `istio-ingress.enabled`. */
function publicSwitch(old: Record<string, unknown>, ingress: Record<string, unknown>): string[] {
  if (old.enabled === ingress.enabled || !('enabled' in old)) return [];
  return [
    `istio-ingress.public.enabled was ${JSON.stringify(old.enabled)}, in 1.22 istio-ingress.enabled decides and that is ${JSON.stringify(ingress.enabled ?? null)}`,
  ];
}
