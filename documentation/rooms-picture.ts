import { allImports, edgesOf, type Room, roomOf, rooms } from './imports.ts';

/**
 * The house as text: a line per room, those that nothing stands on at the top. A room's floor is one above the highest
 * that it imports; it may import from any floor below its own, and from none at or above it.
 */
export function roomsPicture(): string {
  const edges = edgesOf(allImports(), roomOf) as Map<Room, Set<Room>>;
  const floors = floorsOf(edges);
  const names = Object.keys(rooms) as Room[];
  const width = Math.max(...names.map((name) => name.length));
  const lines = names
    .sort((a, b) => floors.get(b)! - floors.get(a)!)
    .map((name, index, all) => {
      const floor = floors.get(name)!;
      const first = index === 0 || floors.get(all[index - 1]!) !== floor;
      return `${first ? String(floor).padStart(2) : '  '}  ${name.padEnd(width)}  ${rooms[name].replaceAll('`', '')}`;
    });
  const arrows = names.map(
    (name) => `${name.padEnd(width)}  -> ${[...(edges.get(name) ?? [])].sort().join(', ') || 'nothing'}`,
  );
  return [...lines, '', ...arrows].join('\n');
}

/** @throws Error where rooms import each other in a circle. */
function floorsOf(edges: Map<Room, Set<Room>>): Map<Room, number> {
  const floors = new Map<Room, number>();
  const floor = (room: Room, above: Room[]): number => {
    if (above.includes(room)) throw new Error(`rooms in a circle: ${[...above, room].join(' -> ')}`);
    const known = floors.get(room);
    if (known !== undefined) return known;
    const found = 1 + Math.max(0, ...[...(edges.get(room) ?? [])].map((below) => floor(below, [...above, room])));
    floors.set(room, found);
    return found;
  };
  for (const room of Object.keys(rooms) as Room[]) floor(room, []);
  return floors;
}
