import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Event, RunTiming } from '../../automation/report/events.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { machines } from './machines.ts';
import { modulesPreview } from './modules-preview.ts';
import { preview } from './preview.ts';
import { startRehearsal } from './rehearsal.ts';
import { state } from './state.ts';

/**
 * `npm run bench`: start-up of the command against bare Node, a preview of the modules that has nothing to change
 * against one of an empty stack, a preview of the whole environment against `pulumi preview` of its stacks, the size of
 * user data and the start of real machines, and one rehearsal of the demo environment with the split of its upgrade's time. Figures depend on the machine; the ratios are
 * what to compare. `npm run bench -- modules` is that part alone. What updates cost in bytes, CPU and memory is only measured
 * where it is asked for, `npm run bench -- state`.
 */
const kubezero = join(repositoryRoot, 'bin/kubezero.js');

async function median(args: string[], runs = 15): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs + 2; run++) {
    const started = performance.now();
    await execa(process.execPath, args, { cwd: repositoryRoot });
    // The first two warm the disk cache and the build.
    if (run >= 2) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

async function startUp(): Promise<void> {
  const node = await median(['-e', '0']);
  const help = await median([kubezero, '--help']);
  console.log('start-up (median of 15)');
  console.log(`  node -e 0         ${node.toFixed(0)} ms`);
  console.log(`  kubezero --help   ${help.toFixed(0)} ms = ${(help / node).toFixed(1)} x node`);
}

async function rehearsal(): Promise<void> {
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-bench-'));
  let timing: RunTiming | undefined;
  const onEvent = (event: Event) => {
    if (event.type === 'run-finished' && event.timing) timing = event.timing;
  };
  await startRehearsal({ onEvent, args: ['--report', directory] }).ended;
  const seconds = (performance.now() - started) / 1000;
  const { steps } = JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8'));
  rmSync(directory, { recursive: true, force: true });
  console.log('rehearsal of demo');
  for (const step of steps) console.log(`  ${step.id.padEnd(18)}${step.seconds.toFixed(0).padStart(4)} s`);
  console.log(`  ${'in all'.padEnd(18)}${seconds.toFixed(0).padStart(4)} s`);
  if (!timing) return;
  console.log(`its upgrade: ${timing.total.toFixed(0)} s`);
  for (const part of ['engine', 'gates', 'actions', 'overhead'] as const)
    console.log(
      `  ${part.padEnd(18)}${timing[part].toFixed(1).padStart(6)} s  ${((100 * timing[part]) / timing.total).toFixed(1)} %`,
    );
}

const parts: Record<string, () => Promise<void>> = {
  'start-up': startUp,
  modules: modulesPreview,
  preview,
  machines,
  rehearsal,
};
const wanted = process.argv.slice(2);
if (wanted[0] === 'state') await state(wanted.slice(1));
else {
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await part();
  }
}
