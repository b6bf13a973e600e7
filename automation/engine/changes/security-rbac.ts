import { few, list, record, type Sides } from './sides.ts';

/** Notes on roles and bindings of the cluster; `kind` is the object's. */
export function rbacNotes(kind: string, sides: Sides): string[] {
  return kind.endsWith('Binding') ? bindingNotes(kind, sides) : roleNotes(kind, sides);
}

function roleNotes(kind: string, sides: Sides): string[] {
  if (sides.operation === 'delete') return [`RBAC: ${kind} goes`];
  if (sides.operation !== 'create' && !sides.changed('rules') && !sides.changed('aggregationRule')) return [];
  const had = powers(sides.before('rules'));
  const gained = [...powers(sides.after('rules'))].filter((power) => !had.has(power) && !had.has(everything));
  if (gained.includes(everything)) return [`RBAC: ${kind} allows ${everything}`];
  return gained.length > 0 ? [`RBAC: ${kind} allows ${few(gained, 3)}`] : [`RBAC: ${kind}`];
}

const everything = 'everything';
const reading = ['get', 'list', 'watch'];
const writing = ['create', 'update', 'patch'];

/** What of the rules' permissions leads further than to the objects they name. */
function powers(rules: unknown): Set<string> {
  const found = new Set<string>();
  for (const rule of list(rules).map(record)) {
    const [verbs, resources, groups] = [rule.verbs, rule.resources, rule.apiGroups].map((part) =>
      list(part).map(String),
    );
    const may = (...wanted: string[]) => verbs!.includes('*') || wanted.some((verb) => verbs!.includes(verb));
    const on = (group: string, resource: string) =>
      (groups!.includes('*') || groups!.includes(group)) && (resources!.includes('*') || resources!.includes(resource));
    // Named objects alone are no way to all of a kind.
    const named = list(rule.resourceNames).length > 0;
    if (resources!.includes('*') && groups!.includes('*') && verbs!.includes('*')) found.add(everything);
    else if (resources!.includes('*') && verbs!.includes('*')) found.add('every verb on all resources of an API group');
    else if (verbs!.includes('*')) found.add('every verb');
    if (on('', 'secrets') && may(...reading) && !named) found.add('reading Secrets');
    if (on('', 'pods/exec') && may('create', 'get')) found.add('running commands in pods');
    if (on('', 'pods') && may('create')) found.add('creating pods');
    if (on('', 'nodes/proxy') && may(...reading, 'create')) found.add('the kubelets’ API');
    if (on('', 'serviceaccounts/token') && may('create')) found.add('tokens of service accounts');
    if (['users', 'groups', 'serviceaccounts'].some((kind) => on('', kind)) && may('impersonate'))
      found.add('acting as others');
    const rbac = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];
    if (rbac.some((kind) => on('rbac.authorization.k8s.io', kind)) && may('escalate', 'bind', ...writing))
      found.add('changing permissions');
    const hooks = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];
    if (hooks.some((kind) => on('admissionregistration.k8s.io', kind)) && may(...writing) && !named)
      found.add('changing admission webhooks');
  }
  return found;
}

const everybody = ['system:anonymous', 'system:unauthenticated', 'system:authenticated', 'system:serviceaccounts'];

function bindingNotes(kind: string, sides: Sides): string[] {
  if (sides.operation === 'delete') return [`RBAC: ${kind} goes`];
  if (sides.operation !== 'create' && !sides.changed('roleRef') && !sides.changed('subjects')) return [];
  const notes = [`RBAC: ${kind}`];
  const { name } = record(sides.after('roleRef'));
  if (name === 'cluster-admin') notes.push('cluster-admin');
  const had = names(sides.before('subjects'));
  const wide = names(sides.after('subjects')).filter((one) => everybody.includes(one) && !had.includes(one));
  for (const one of wide) notes.push(`for ${one}`);
  return notes;
}

function names(subjects: unknown): string[] {
  return list(subjects).map((subject) => String(record(subject).name));
}
