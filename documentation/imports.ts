import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { repositoryRoot } from '../repository/root.ts';

/** One file that imports another; paths relative to the repository. */
export interface Import {
  from: string;
  to: string;
  /** Only types: gone when the code runs. */
  typeOnly: boolean;
}

/** What each room is for, from the top of the house down. Rooms inside `automation` are rooms of their own. */
export const rooms = {
  documentation: 'makes pages of docs/ from the code',
  'automation/cli': 'the command line: declarations, parsing, the one place that prints errors',
  'automation/operations': 'one file a command: what it does',
  'automation/upgrade': 'steps, runner and plan of an upgrade',
  'automation/plan': 'plans: made, pinned, compared, shown (`views/`)',
  'automation/delivery': 'modules by ArgoCD, and back',
  'automation/access': 'logging in to the cluster',
  'automation/engine': 'drives the stacks through Pulumi’s Automation API, reads what changes',
  'automation/live': 'the cluster, AWS and git as they are; `gates/` waits for them',
  'automation/report': 'events of a run and where they go',
  stacks: 'stack name -> program; `demo/` and `small/` are environments',
  sandbox:
    'what a rehearsal runs on, a process of its own: `aws/` the account, `machines/` instances as processes, `real/` instances that really boot',
  application: 'application.yaml: read, checked, migrated',
  modules: 'a folder per KubeZero module: a pure function from values, facts and release to a manifest',
  charts: 'finds upstream’s Helm charts, pulls them, keeps them as they were locked',
  infra: 'network, controllers and workers as component resources; `node/`: what a machine boots',
  toolchain: 'which tools, which versions, how each is found, downloaded or built',
  environment: 'environment.yaml: schema, rules, places in the text; what the stacks hand to each other',
  certificates: 'issues certificates',
  releases: 'what a release pins and the order of its upgrade; data',
  errors: 'UserError: what the operator reads; exit codes',
  pulumi:
    'what of Pulumi’s insides is relied on: known here and nowhere else, each with a test that the next version is held to',
  secrets: 'what is secret: by name, by look, registered; redaction',
  repository: 'where the checkout is',
} as const;

export type Room = keyof typeof rooms;

/** The room that a file is in; undefined for tests, scripts and the like. */
export function roomOf(file: string): Room | undefined {
  const [first = '', second = ''] = file.split('/');
  const room = first === 'automation' ? `${first}/${second}` : first;
  return room in rooms ? (room as Room) : undefined;
}

/** Every import from a file of a room. */
export function allImports(): Import[] {
  const tops = new Set(Object.keys(rooms).map((room) => room.split('/')[0]!));
  return [...tops].flatMap((top) => sourcesIn(join(repositoryRoot, top))).flatMap(importsOf);
}

function sourcesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'go' || entry.name === 'node_modules' ? [] : sourcesIn(path);
    return /\.(ts|js)$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const statements = /^(?:import|export)\b(?<clause>[^;'"]*?)\bfrom '(?<target>\.[^']*)'|^import '(?<bare>\.[^']*)'/gm;
  const calls = /\bimport\('(?<target>\.[^']*)'\)/g;
  const found = [...text.matchAll(statements), ...text.matchAll(calls)];
  return found.map(({ groups }) => ({
    from: relative(repositoryRoot, path),
    to: relative(repositoryRoot, resolve(dirname(path), groups?.target ?? groups?.bare ?? '')),
    typeOnly: /^\s*type\b/.test(groups?.clause ?? ''),
  }));
}

/**
 * Groups of nodes that lead to each other in a circle, each sorted.
 * @param edges  from a node to those it leads to
 */
export function circlesOf(edges: Map<string, Set<string>>): string[][] {
  const reaches = (start: string): Set<string> => {
    const seen = new Set<string>();
    const next = [...(edges.get(start) ?? [])];
    for (let node = next.pop(); node !== undefined; node = next.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      next.push(...(edges.get(node) ?? []));
    }
    return seen;
  };
  const reached = new Map([...edges.keys()].map((node) => [node, reaches(node)]));
  const circles = new Map<string, string[]>();
  for (const [node, seen] of reached) {
    if (!seen.has(node)) continue;
    const circle = [...seen].filter((other) => reached.get(other)?.has(node)).sort();
    circles.set(circle.join(' '), circle);
  }
  return [...circles.values()];
}

/** Edges for {@link circlesOf} from imports, by whatever `place` makes of a file. */
export function edgesOf(imports: Import[], place: (file: string) => string | undefined): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [a, b] = [place(from), place(to)];
    if (a === undefined || b === undefined || (a === b && from !== to && place(from) !== from)) continue;
    edges.set(a, (edges.get(a) ?? new Set()).add(b));
  }
  return edges;
}
