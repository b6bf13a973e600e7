import { type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../../../repository/root.ts';

export const actionFile = join(repositoryRoot, 'pipelines', 'github', 'action.yml');

export interface ActionStep {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  shell?: string;
  if?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
  'working-directory'?: string;
}

export interface ActionDefinition {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: ActionStep[] };
}

export const action = parse(readFileSync(actionFile, 'utf8')) as ActionDefinition;

/** What a run of the action came to. */
export interface ActionRun {
  /** Of the first step that failed; 0 where none did. */
  exitCode: number;
  outputs: Record<string, string>;
  /** Standard output and error of all steps, in order. */
  log: string;
  /** Names of the steps that were run, `uses` among them. */
  ran: string[];
  /** `with` of the steps that use other actions, by the action's name without its version. */
  used: Record<string, Record<string, string>[]>;
  summary: string;
}

export interface RunOptions {
  inputs: Record<string, string>;
  /** Directory with `stacks`. */
  workspace: string;
  /** Variables of the job. */
  env: Record<string, string>;
  /** Called when a step starts, with its process. */
  onStep?: (name: string, child: ReturnType<typeof spawn>) => void;
}

/**
 * Runs the shell steps of the composite action in order, as a runner does: expressions in `env`, `with` and `if` are
 * resolved, `GITHUB_OUTPUT` is read after each step, a failure skips what has no `always()` or `!cancelled()`. Other actions
 * are only written down.
 */
export async function runAction({ inputs, workspace, env, onStep }: RunOptions): Promise<ActionRun> {
  const place = mkdtempSync(join(tmpdir(), 'kubezero-action-'));
  const run: ActionRun = { exitCode: 0, outputs: {}, log: '', ran: [], used: {}, summary: '' };
  const state: State = { inputs: inputsOf(inputs), steps: {}, failed: false };
  mkdirSync(join(place, 'temp'));
  writeFileSync(join(place, 'summary.md'), '');
  try {
    for (const [index, step] of action.runs.steps.entries()) {
      if (!condition(step.if, state)) continue;
      const name = step.name ?? step.uses?.replace(/@.*/, '') ?? String(index);
      run.ran.push(name);
      if (step.uses) {
        const given = Object.entries(step.with ?? {}).map(([key, value]) => [key, resolve(value, state)]);
        run.used[name] = [...(run.used[name] ?? []), Object.fromEntries(given)];
        continue;
      }
      const script = join(place, `step-${index}.sh`);
      const output = join(place, `output-${index}`);
      writeFileSync(script, step.run ?? '');
      writeFileSync(output, '');
      const variables = Object.entries(step.env ?? {}).map(([key, value]) => [key, resolve(value, state)]);
      const { code, log } = await execute(script, name, onStep, {
        cwd: join(workspace, resolve(step['working-directory'] ?? '.', state)),
        env: {
          ...env,
          GITHUB_ACTIONS: 'true',
          GITHUB_ACTION_PATH: join(repositoryRoot, 'pipelines', 'github'),
          GITHUB_STEP_SUMMARY: join(place, 'summary.md'),
          GITHUB_OUTPUT: output,
          RUNNER_TEMP: join(place, 'temp'),
          ...Object.fromEntries(variables),
        },
      });
      run.log += log;
      if (step.id) state.steps[step.id] = readOutputs(output);
      if (code !== 0 && !state.failed) {
        state.failed = true;
        run.exitCode = code;
      }
    }
    for (const [name, { value }] of Object.entries(action.outputs)) run.outputs[name] = resolve(value, state);
    run.summary = readFileSync(join(place, 'summary.md'), 'utf8');
    return run;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

interface State {
  inputs: Record<string, string>;
  steps: Record<string, Record<string, string>>;
  failed: boolean;
}

function inputsOf(given: Record<string, string>): Record<string, string> {
  const none = { inputs: {}, steps: {}, failed: false };
  const all = Object.entries(action.inputs).map(([name, { default: value }]) => [
    name,
    given[name] ?? resolve(value ?? '', none),
  ]);
  return Object.fromEntries(all);
}

function execute(script: string, name: string, onStep: RunOptions['onStep'], options: SpawnOptions) {
  // As the runner starts a composite action's `shell: bash`.
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], options);
  let log = '';
  child.stdout?.on('data', (chunk) => (log += chunk));
  child.stderr?.on('data', (chunk) => (log += chunk));
  onStep?.(name, child);
  return new Promise<{ code: number; log: string }>((done) =>
    child.on('close', (code) => done({ code: code ?? 1, log })),
  );
}

function readOutputs(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
}

function condition(text: string | undefined, state: State): boolean {
  const expression = text?.replace(/^\$\{\{|\}\}$/g, '').trim();
  if (!expression) return !state.failed;
  const names = /always\(\)|cancelled\(\)/;
  return (names.test(expression) || !state.failed) && evaluate(expression, state) === true;
}

/** A text with its expressions replaced by what they are. */
function resolve(text: string, state: State): string {
  return String(text).replaceAll(/\$\{\{(.*?)\}\}/g, (_whole, expression: string) =>
    String(evaluate(expression, state)),
  );
}

const contexts: Record<string, string> = {
  'runner.os': 'Linux',
  'runner.arch': 'X64',
  'github.actor': 'someone',
  'github.run_id': '99',
  'github.token': 'ghs_abcdefghijklmnopqrstuvwxyz0123456789',
};

/** Expressions are JavaScript as far as the action uses them, but for names with dashes. */
function evaluate(expression: string, { inputs, steps }: State): unknown {
  const script = expression.replaceAll(
    /steps\.([\w-]+)\.outputs\.([\w-]+)|inputs\.([\w-]+)|(?:runner|github)\.\w+/g,
    (name, id?: string, output?: string, input?: string) =>
      JSON.stringify((id ? steps[id]?.[output ?? ''] : input ? inputs[input] : contexts[name]) ?? ''),
  );
  return new Function('always', 'cancelled', `return (${script})`)(
    () => true,
    () => false,
  );
}
