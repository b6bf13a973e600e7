/** KubeZero values as plain data. */
export type Values = Record<string, unknown>;

/** New values, what was done to get there, and what could not be carried over; each a sentence with the path it is about. */
export interface MigratedValues {
  values: Values;
  changes: string[];
  warnings: string[];
}

/** Ports that the gateway charts of 1.22 add by themselves. */
const builtInPorts = new Set<unknown>(['status-port', 'http2', 'https']);

const gateways = [
  { old: 'private', path: 'istio-ingress.private', next: 'istio-private-ingress' },
  { old: 'public', path: 'istio-ingress.public', next: 'istio-ingress' },
] as const;

/** Whether a port of a 1.21 gateway stays in the values: the charts of 1.22 bring `status-port`, `http2` and `https` themselves. */
export function keepsPort(port: unknown): boolean {
  return !(isMapping(port) && builtInPorts.has(port.name));
}

/**
 * The 1.21 to 1.22 migration of KubeZero values, as upstream's releases/v1.22/migrate_argo.py does it: the private gateways
 * become a module of their own, the public ones move up into `istio-ingress`, `istio-ingress.global` and `kiam` go. Where
 * upstream would stop at a missing or empty key this goes on. Doesn't change its argument. Applied twice it does nothing more.
 */
export function migrateValues(before: Values): MigratedValues {
  const values = structuredClone(before);
  const changes: string[] = [];
  const warnings: string[] = [];
  const ingress = values['istio-ingress'];
  if (isMapping(ingress)) {
    for (const gateway of gateways) {
      if (!(gateway.old in ingress)) continue;
      const found = ingress[gateway.old];
      const old = isMapping(found) ? found : {};
      warnings.push(...leftOut(old, gateway.path), ...switches(gateway, old, ingress));
      if (gateway.old === 'private') {
        if (gateway.next in values) warnings.push(`${gateway.next} was there already and has been replaced`);
        values[gateway.next] = { enabled: true, ...carriedOver(old) };
      } else {
        const next = carriedOver(old);
        for (const key of Object.keys(next)) {
          if (key in ingress) warnings.push(`istio-ingress.${key} was there already and has been replaced`);
        }
        Object.assign(ingress, next);
      }
      delete ingress[gateway.old];
      changes.push(`${gateway.path} is now ${gateway.next}`);
    }
    if ('global' in ingress) {
      delete ingress.global;
      changes.push('istio-ingress.global removed');
    }
  }
  if ('kiam' in values) {
    if (isMapping(values.kiam) && values.kiam.enabled === true) {
      warnings.push(
        'kiam was enabled: whatever still uses it must have moved to OIDC roles before the upgrade removes it',
      );
    }
    delete values.kiam;
    changes.push('kiam removed');
  }
  return { values, changes, warnings };
}

/** What of a 1.21 gateway has a place in 1.22. */
function carriedOver(old: Values): Values {
  const next: Values = {};
  if ('certificates' in old) next.certificates = old.certificates;
  if ('gateway' in old) {
    const gateway = isMapping(old.gateway) ? old.gateway : {};
    next.gateway = {
      ...('replicaCount' in gateway ? { replicaCount: gateway.replicaCount } : {}),
      ...('ports' in gateway ? { service: { ports: list(gateway.ports).filter(keepsPort) } } : {}),
    };
  }
  return next;
}

function leftOut(old: Values, path: string): string[] {
  const warnings: string[] = [];
  const place = 'has no place in 1.22 and was left out';
  for (const [key, value] of Object.entries(old)) {
    if (key === 'proxyProtocol') {
      const consequence = value === false ? '; 1.22 always turns it on' : '';
      warnings.push(`${path}.proxyProtocol (${JSON.stringify(value)}) was left out${consequence}`);
    } else if (key !== 'enabled' && key !== 'certificates' && key !== 'gateway') {
      warnings.push(`${path}.${key} ${place}`);
    }
  }
  const gateway = isMapping(old.gateway) ? old.gateway : {};
  for (const key of Object.keys(gateway)) {
    if (key !== 'replicaCount' && key !== 'ports') warnings.push(`${path}.gateway.${key} ${place}`);
  }
  if ('ports' in gateway && gateway.ports !== null && !Array.isArray(gateway.ports)) {
    warnings.push(`${path}.gateway.ports is not a list and was left out`);
  }
  return warnings;
}

/** 1.22 has no switch per kind of gateway: the private ones come on, the public ones follow `istio-ingress.enabled`. */
function switches(gateway: (typeof gateways)[number], old: Values, ingress: Values): string[] {
  if (gateway.old === 'private') {
    if (old.enabled === true) return [];
    const was = 'enabled' in old ? `was ${JSON.stringify(old.enabled)}` : 'was not set';
    return [
      `${gateway.path}.enabled ${was}, but ${gateway.next} is now enabled: set ${gateway.next}.enabled to false to keep it off`,
    ];
  }
  if (old.enabled === ingress.enabled || !('enabled' in old)) return [];
  return [
    `${gateway.path}.enabled was ${JSON.stringify(old.enabled)}, in 1.22 istio-ingress.enabled decides and that is ${JSON.stringify(ingress.enabled ?? null)}`,
  ];
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
