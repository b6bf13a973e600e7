import { ModulesCluster } from '../engine/modules-cluster.ts';

const runs = 5;

/**
 * A preview of the demo environment's modules that has nothing to change, charts at hand, against one of a stack with
 * nothing in it: what the engine costs by itself.
 */
export async function modulesPreview(): Promise<void> {
  const cluster = await ModulesCluster.start('1.21');
  try {
    const desired = { release: '1.21' as const };
    await cluster.up(desired);
    const empty = await median(() => cluster.inProgram(async () => {}));
    const full = await median(async () => {
      const changes = await cluster.preview(desired);
      if (changes.length > 0) throw new Error(`the second preview shows changes: ${changes.join(', ')}`);
    });
    const { objects } = await cluster.state();
    console.log(`preview without changes (median of ${runs})`);
    console.log(`  an empty stack    ${empty.toFixed(1)} s`);
    console.log(
      `  the demo's modules ${full.toFixed(1)} s = ${(full / empty).toFixed(1)} x an empty one, ${objects.length} objects`,
    );
  } finally {
    await cluster.stop();
  }
}

/** Seconds; the first run warms caches. */
async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn <= runs; turn++) {
    const started = performance.now();
    await run();
    if (turn > 0) times.push((performance.now() - started) / 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
