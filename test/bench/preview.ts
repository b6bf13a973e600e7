import { layers } from '../../environment/outputs.ts';
import { type CommandResult, DemoEnvironment } from '../engine/demo-environment.ts';

const runs = 3;

/**
 * `kubezero preview demo`, with everything deployed and nothing pending, against the slowest single `pulumi preview` and
 * against the four one after the other. Turn by turn, so that what else the machine does meets all of them.
 */
export async function preview(): Promise<void> {
  const demo = await DemoEnvironment.start();
  try {
    const ours: number[] = [];
    const singles = Object.fromEntries(layers.map((layer) => [layer, [] as number[]]));
    for (let turn = 0; turn <= runs; turn++) {
      const one = await seconds(() => demo.kubezero('preview', 'demo'));
      const each: [string, number][] = [];
      for (const layer of layers)
        each.push([
          layer,
          await seconds(() => demo.pulumi('preview', '--stack', `demo-${layer}`, '--expect-no-changes')),
        ]);
      // The first turn warms caches.
      if (turn === 0) continue;
      ours.push(one);
      for (const [layer, time] of each) singles[layer]?.push(time);
    }
    const [whole, each] = [median(ours), layers.map((layer) => median(singles[layer] ?? []))];
    const [slowest, sum] = [Math.max(...each), each.reduce((total, time) => total + time, 0)];
    console.log(`preview of demo, nothing pending (median of ${runs})`);
    for (const [place, layer] of layers.entries())
      console.log(`  ${`pulumi preview -s demo-${layer}`.padEnd(36)}${each[place]?.toFixed(1).padStart(5)} s`);
    console.log(`  ${'the four one after the other'.padEnd(36)}${sum.toFixed(1).padStart(5)} s`);
    console.log(
      `  ${'kubezero preview demo'.padEnd(36)}${whole.toFixed(1).padStart(5)} s = ${(whole / slowest).toFixed(2)} x the slowest single; the four take ${(sum / whole).toFixed(1)} x as long`,
    );
  } finally {
    await demo.stop();
  }
}

async function seconds(run: () => Promise<CommandResult>): Promise<number> {
  const started = performance.now();
  const { exitCode, stdout, stderr } = await run();
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}:\n${stdout}\n${stderr}`);
  return (performance.now() - started) / 1000;
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}
