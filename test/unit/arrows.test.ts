import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allImports, circlesOf, edgesOf, type Import, type Room, roomOf, rooms } from '../../documentation/imports.ts';

const imports = allImports();

/** What each room may import; types count as well. */
const allowed: Record<Room, Room[]> = {
  repository: [],
  pulumi: [],
  secrets: [],
  errors: ['secrets'],
  certificates: [],
  releases: ['errors'],
  toolchain: ['releases', 'errors', 'pulumi', 'repository'],
  charts: ['releases', 'errors', 'repository', 'toolchain'],
  modules: ['charts', 'releases', 'errors', 'pulumi', 'repository'],
  environment: ['releases', 'errors', 'secrets', 'modules'],
  infra: ['environment', 'releases', 'errors', 'repository'],
  application: ['environment', 'modules', 'releases', 'errors'],
  stacks: ['infra', 'modules', 'application', 'environment', 'charts', 'releases', 'errors', 'pulumi', 'repository'],
  sandbox: ['infra', 'toolchain', 'certificates', 'charts', 'releases', 'errors', 'pulumi', 'repository'],
  'automation/report': ['secrets', 'releases', 'errors'],
  'automation/live': ['automation/report', 'environment', 'releases', 'errors'],
  'automation/engine': [
    'automation/live',
    'automation/report',
    'stacks',
    'infra',
    'environment',
    'charts',
    'toolchain',
    'secrets',
    'errors',
    'pulumi',
  ],
  'automation/access': [
    'automation/engine',
    'automation/live',
    'automation/report',
    'certificates',
    'environment',
    'releases',
    'errors',
    'repository',
  ],
  'automation/delivery': [
    'automation/engine',
    'automation/live',
    'automation/report',
    'stacks',
    'environment',
    'releases',
    'errors',
  ],
  'automation/plan': [
    'automation/delivery',
    'automation/engine',
    'automation/live',
    'automation/report',
    'stacks',
    'application',
    'environment',
    'charts',
    'releases',
    'errors',
    'repository',
    'pulumi',
  ],
  'automation/upgrade': [
    'automation/plan',
    'automation/delivery',
    'automation/engine',
    'automation/live',
    'automation/report',
    'stacks',
    'infra',
    'application',
    'environment',
    'releases',
    'errors',
    'repository',
  ],
  'automation/operations': [
    'automation/upgrade',
    'automation/plan',
    'automation/delivery',
    'automation/access',
    'automation/engine',
    'automation/live',
    'automation/report',
    'sandbox',
    'stacks',
    'application',
    'environment',
    'charts',
    'toolchain',
    'releases',
    'errors',
    'repository',
  ],
  'automation/cli': [
    'automation/operations',
    'automation/access',
    'automation/report',
    'environment',
    'toolchain',
    'releases',
    'secrets',
    'errors',
    'repository',
  ],
  documentation: [
    'automation/plan',
    'automation/report',
    'sandbox',
    'infra',
    'modules',
    'environment',
    'releases',
    'errors',
    'repository',
  ],
};

describe('arrows between the rooms go one way', () => {
  it.each(Object.entries(allowed) as [Room, Room[]][])('%s imports nothing but its own and %j', (room, others) => {
    const outwards = imports.filter(({ from, to }) => roomOf(from) === room && roomOf(to) !== room);
    expect(outwards.filter(({ to }) => !others.includes(roomOf(to) as Room))).toEqual([]);
  });

  it('rooms form no circle', () => {
    expect(circlesOf(edgesOf(imports, roomOf))).toEqual([]);
  });

  it('files form no circle', () => {
    expect(circlesOf(edgesOf(imports, (file) => file))).toEqual([]);
  });

  it('every source is in a room', () => {
    const homeless = imports.map(({ from }) => from).filter((file) => roomOf(file) === undefined);
    expect([...new Set(homeless)]).toEqual([]);
    expect(
      Object.keys(rooms).filter(
        (room) => !imports.some(({ from, to }) => roomOf(from) === room || roomOf(to) === room),
      ),
    ).toEqual([]);
  });

  it('of modules, the environment knows one type: where the delivery of one stands', () => {
    expect(between('environment', 'modules').map(({ to, typeOnly }) => [to, typeOnly])).toEqual([
      ['modules/delivery/index.ts', true],
    ]);
  });

  it('a module doesn’t import another one', () => {
    const moduleOf = (file: string) => file.split('/').slice(0, 2).join('/');
    const own = imports.filter(({ from, to }) => /^modules\/.+\//.test(from) && /^modules\/.+\//.test(to));
    const shared = ['modules/dashboards', 'modules/delivery', 'modules/gateway'];
    expect(own.filter(({ from, to }) => moduleOf(from) !== moduleOf(to) && !shared.includes(moduleOf(to)))).toEqual([]);
  });

  it('what a release is, is data: it imports nothing but types', () => {
    const data = imports.filter(({ from }) => from.startsWith('releases/v'));
    expect(data.filter(({ from, to, typeOnly }) => !typeOnly && dirname(from) !== dirname(to))).toEqual([]);
  });

  it('only the rehearse and sandbox commands know the sandbox, render its stand-in charts, and documentation its stand-ins', () => {
    const knowing = imports.filter(({ from, to }) => roomOf(to) === 'sandbox' && roomOf(from) !== 'sandbox');
    expect([...new Set(knowing.map(({ from }) => dirname(from)))].sort()).toEqual([
      'automation/operations/rehearse',
      'automation/operations/render',
      'automation/operations/sandbox',
      'documentation',
    ]);
  });

  it('the sandbox sees of infra only how user data is packed', () => {
    const seen = between('sandbox', 'infra').filter(({ typeOnly }) => !typeOnly);
    expect(new Set(seen.map(({ to }) => to))).toEqual(new Set(['infra/node/installer.ts']));
  });

  it('of the upgrade’s steps, the plan and the engine know nothing', () => {
    expect([
      ...between('automation/plan', 'automation/upgrade'),
      ...between('automation/engine', 'automation/upgrade'),
    ]).toEqual([]);
  });

  it('nothing imports a test', () => {
    expect(imports.filter(({ to }) => to.startsWith('test/'))).toEqual([]);
  });
});

/** Imports from one room into another. */
function between(room: Room, other: Room): Import[] {
  return imports.filter(({ from, to }) => roomOf(from) === room && roomOf(to) === other);
}
