import { type ExitCode, exitCode } from '../../../errors/index.ts';
import {
  cacheDirectory,
  cannotRunMachines,
  defaultToolGroups,
  type ListedTool,
  listTools,
  missingFromSystem,
  provideTools,
  pulumiEnvironment,
  type ToolGroup,
  toolGroups,
} from '../../../toolchain/index.ts';
import type { CommandContext } from '../../report/command-context.ts';

export interface ListOptions {
  /** Which tools; absent or empty: all, with `missing` those that are installed unless told. */
  group?: ToolGroup[];
  /** Only tools of which something isn't there; exit code 2 where there are any. */
  missing: boolean;
}

export type NoOptions = Record<never, never>;

export interface InstallOptions {
  /** Which tools; absent or empty: all that are installed unless told. */
  group?: ToolGroup[];
}

/** `kubezero toolchain list`. With --json: `{ cache, tools: ListedTool[], system: MissingFromSystem }`. */
export async function list({ missing, group }: ListOptions, context: CommandContext): Promise<ExitCode> {
  const { env } = context;
  const [known, system] = await Promise.all([listTools({ env }), missingFromSystem()]);
  const groups: readonly ToolGroup[] = group?.length ? group : missing ? defaultToolGroups : toolGroups;
  const all = known.filter((tool) => tool.groups.some((each) => groups.includes(each)));
  const tools = missing ? all.filter(({ present }) => !present) : all;
  const ending = missing && tools.length > 0 ? exitCode.changes : exitCode.ok;
  const cache = cacheDirectory(env);
  if (context.json) {
    context.print(JSON.stringify({ cache, tools, system }, null, 2));
    return ending;
  }
  if (missing && tools.length === 0) {
    context.print(`all ${all.length} tools are there`);
    return ending;
  }
  const rows = tools.map((tool) => [tool.name, tool.version, tool.groups.join(', '), where(tool)]);
  const header = ['TOOL', 'VERSION', 'GROUPS', 'WHERE'];
  const widths = header.map((_title, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  for (const row of [header, ...rows])
    context.print(
      row.map((cell, column) => cell.padEnd(column < row.length - 1 ? (widths[column] ?? 0) : 0)).join('  '),
    );
  context.print(`cache: ${cache}`);
  const problem = cannotRunMachines(system);
  if (problem) context.print(`machines: ${problem.message} ${problem.fix}`);
  return ending;
}

function where(tool: ListedTool): string {
  const missing = tool.binaries.filter(({ path }) => !path).map(({ name }) => name);
  if (missing.length === tool.binaries.length) return 'missing (installed when first needed)';
  const sources = { override: 'named by the environment', cache: 'cache', path: 'PATH' } as const;
  const present = [...new Set(tool.binaries.flatMap(({ source }) => (source ? [sources[source]] : [])))];
  return [...present, ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : [])].join('; ');
}

/** `kubezero toolchain install`. With --json: progress on stderr, then `{ tools: [{ name, version, path, source }] }`. */
export async function install({ group }: InstallOptions, context: CommandContext): Promise<void> {
  const groups = group?.length ? group : defaultToolGroups;
  const tools = await provideTools(
    groups,
    { tty: context.tty, print: context.json ? context.warn : context.print },
    { signal: context.signal, env: context.env },
  );
  await pulumiEnvironment(tools, context.env);
  if (context.json) return context.print(JSON.stringify({ tools: tools.binaries }, null, 2));
  context.print(`${tools.binaries.length} binaries of ${groups.join(', ')} are there`);
  const problem = groups.includes('machines') && cannotRunMachines(await missingFromSystem());
  if (problem) context.print(`${problem.message} ${problem.fix}`);
}

/** `kubezero toolchain env`: shell lines for `eval`. With --json: an object. */
export async function env(_none: NoOptions, context: CommandContext): Promise<void> {
  // stdout is for the shell that evaluates it.
  const tools = await provideTools(
    ['engine', 'shell'],
    { tty: false, print: context.warn },
    { signal: context.signal, env: context.env },
  );
  const variables = await pulumiEnvironment(tools, context.env);
  if (context.json) return context.print(JSON.stringify(variables, null, 2));
  for (const [name, value] of Object.entries(variables))
    context.print(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
}
