import type { ResourceInputs } from './properties.ts';
import type { ResourceChange } from './schema.ts';
import { list, record, Sides } from './sides.ts';

/**
 * What a change of this resource restarts, e.g. `pods of Deployment logging/kibana, rolling`, or interrupts.
 * @param inputs on both sides, as the engine gave them, secrets included: none of their values is quoted but names,
 * strategies and numbers.
 * @returns undefined where nothing is restarted: also where something only comes to be.
 */
export function restartsOf(change: ResourceChange, inputs: ResourceInputs): string | undefined {
  if (['create', 'read', 'import', 'move'].includes(change.operation)) return undefined;
  if (change.retained) return undefined;
  const sides = new Sides(change, inputs);
  const [provider, , kind = ''] = change.type.split(':');
  if (provider === 'kubernetes') return ofObject(kind, change, sides);
  if (provider === 'aws') return ofMachines(kind, change, sides);
  return undefined;
}

const controllers = ['Deployment', 'StatefulSet', 'DaemonSet'];

function ofObject(kind: string, { operation, name }: ResourceChange, sides: Sides): string | undefined {
  const object = objectName(kind, sides) ?? name;
  if (controllers.includes(kind)) {
    if (operation === 'delete') return `stops the pods of ${object}`;
    if (operation === 'replace') return `pods of ${object}, all at once: it is deleted and made anew`;
    if (!restartsPods(sides)) return undefined;
    return `pods of ${object}, ${strategy(kind, sides)}`;
  }
  if (kind === 'Job' && operation === 'replace') return `${object} runs again`;
  if (kind === 'Pod' && operation !== 'update') return operation === 'delete' ? `stops ${object}` : object;
  if (kind === 'Service' && (operation === 'replace' || operation === 'delete')) {
    const gone = operation === 'delete' ? ' for good' : '';
    const balancer = sides.before('spec.type') === 'LoadBalancer' ? ' and its load balancer' : '';
    return `connections to ${object}: its address${balancer} ${balancer ? 'go' : 'goes'}${gone}`;
  }
  if (kind === 'Service' && sides.before('spec.type') === 'LoadBalancer' && sides.after('spec.type') !== 'LoadBalancer')
    return `connections to ${object}: its load balancer goes`;
  return undefined;
}

function objectName(kind: string, sides: Sides): string | undefined {
  const { name, namespace } = { ...record(sides.before('metadata')), ...record(sides.after('metadata')) };
  if (typeof name !== 'string') return undefined;
  return `${kind} ${typeof namespace === 'string' ? `${namespace}/` : ''}${name}`;
}

/** Whether the pod template changes; its annotations count (that is how charts restart pods when a ConfigMap changes). */
function restartsPods(sides: Sides): boolean {
  // Nothing runs, nothing restarts.
  if (sides.before('spec.replicas') === 0 && (sides.after('spec.replicas') ?? 0) === 0) return false;
  return sides.changed('spec.template');
}

function strategy(kind: string, sides: Sides): string {
  const given = record(sides.after(kind === 'Deployment' ? 'spec.strategy' : 'spec.updateStrategy'));
  const type = given.type ?? 'RollingUpdate';
  if (type === 'Recreate') return 'all at once (Recreate)';
  if (type === 'OnDelete') return 'only as they are deleted (OnDelete)';
  const rolling = record(given.rollingUpdate);
  if (kind === 'StatefulSet') {
    const partition = Number(rolling.partition ?? 0);
    return partition > 0 ? `one by one, from ordinal ${partition} on` : 'one by one';
  }
  if (kind === 'DaemonSet') {
    const most = rolling.maxUnavailable ?? 1;
    return most === 1 ? 'one machine after the other' : `rolling, ${amount(most)} of the machines at a time`;
  }
  const replicas = sides.after('spec.replicas') ?? 1;
  // Nothing is left serving where the new pod isn't awaited.
  if (replicas === 1 && rolling.maxSurge === 0) return 'one pod, which is gone until the new one is ready';
  return replicas === 1 ? 'rolling, one pod' : 'rolling';
}

function amount(value: unknown): string {
  return typeof value === 'number' || /^\d+%$/.test(String(value)) ? String(value) : 'some';
}

function ofMachines(kind: string, { operation, name }: ResourceChange, sides: Sides): string | undefined {
  switch (kind) {
    case 'LaunchTemplate':
      if (operation === 'delete') return undefined;
      return 'machines only as they are replaced, none by itself';
    case 'Group':
      if (operation === 'replace') return `every machine of group ${name}: the group is made anew`;
      if (operation === 'delete') return `terminates every machine of group ${name}`;
      return resized(name, sides);
    case 'Instance':
      if (operation === 'replace' || operation === 'delete') return `machine ${name} is terminated`;
      return sides.changed('instanceType') ? `machine ${name}: stopped and started` : undefined;
    case 'NatGateway':
      return operation === 'update' ? undefined : 'connections to the internet: their way out changes its address';
    default:
      return undefined;
  }
}

function resized(name: string, sides: Sides): string | undefined {
  const [before, after] = ['before', 'after'].map((side) => {
    const at = (path: string) => sides[side as 'before' | 'after'](path);
    return Number(list(at('desiredCapacity'))[0] ?? at('minSize') ?? Number.NaN);
  });
  const most = Number(sides.after('maxSize') ?? Number.NaN);
  const target = Math.min(...[after!, most].filter((count) => !Number.isNaN(count)));
  if (!(target < before!)) return undefined;
  const fewer = before! - target;
  return `terminates ${fewer} ${fewer === 1 ? 'machine' : 'machines'} of group ${name}`;
}
