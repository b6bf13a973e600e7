import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../automation/cli/boundary.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { kubezero, kubezeroWith } from './cli-run.ts';

describe('--version', () => {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));

  it('prints the version', async () => {
    expect(await kubezero('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(await kubezero('--version', '--json')).toEqual({
      code: 0,
      stdout: `{"version":"${version}"}\n`,
      stderr: '',
    });
  });
});

describe('help', () => {
  it('lists every command with what it is for, and examples', async () => {
    const { code, stdout, stderr } = await kubezero('--help');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const listed = [...stdout.matchAll(/^ {2}kubezero (\S+)(?: <env>)? {2,}\S/gm)].map((match) => match[1]);
    expect(listed).toEqual(
      expect.arrayContaining([
        'rehearse',
        'up',
        'preview',
        'upgrade',
        'status',
        'kubeconfig',
        'migrate',
        'destroy',
        'sandbox',
        'toolchain',
        'completion',
      ]),
    );
    expect(stdout).toMatch(/Examples:\n {2}kubezero rehearse demo/);
  });

  it.each(['rehearse', 'up', 'preview', 'upgrade', 'status', 'kubeconfig', 'migrate', 'render', 'charts', 'destroy'])(
    'of %s has an example',
    async (name) => {
      const { code, stdout } = await kubezero(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`\nExamples:\n  kubezero ${name} `);
    },
  );

  it('comes with completion for bash, which knows the environments', async () => {
    const { stdout } = await kubezero('completion');
    expect(stdout).toContain('_kubezero_yargs_completions');
    const names = await kubezero('--stacks', 'x', '--get-yargs-completions', 'kubezero', 'upgrade', '--dry');
    expect(names.code).toBe(0);
  });
});

describe('a command line that makes no sense is refused: message on stderr, nothing on stdout, exit code 3', () => {
  it.each([
    ['nothing at all', [], 'which command?', 'see `kubezero --help`'],
    [
      'a mistyped command',
      ['upgarde', 'demo'],
      'unknown command "upgarde"',
      'did you mean `kubezero upgrade`? See `kubezero --help`',
    ],
    ['an unknown command', ['frobnicate'], 'unknown command "frobnicate"', 'see `kubezero --help`'],
    ['a missing environment', ['upgrade'], '`kubezero upgrade` needs <env>', 'see `kubezero upgrade --help`'],
    [
      'a mistyped option',
      ['upgrade', 'demo', '--dryrun'],
      'unknown option --dryrun',
      'did you mean `--dry-run`? See `kubezero upgrade --help`',
    ],
    ['an unknown option', ['up', 'demo', '--wibble'], 'unknown option --wibble', 'see `kubezero up --help`'],
    ['an unknown short option', ['up', 'demo', '-x'], 'unknown option -x', 'see `kubezero up --help`'],
    [
      'an option of another command',
      ['up', 'demo', '--dry-run'],
      'unknown option --dry-run',
      'see `kubezero up --help`',
    ],
    [
      'an argument too many',
      ['up', 'demo', 'prod'],
      '`kubezero up` doesn\'t know what to do with "prod"',
      'see `kubezero up --help`',
    ],
    ['an option without its value', ['upgrade', 'demo', '--to'], '--to needs a value', 'see `kubezero upgrade --help`'],
    [
      'a layer there is not',
      ['up', 'demo', '--layer', 'disks'],
      '--layer can\'t be "disks"; it is one of network, controllers, workers, modules',
      'see `kubezero up --help`',
    ],
  ])('%s', async (_case, args, message, fix) => {
    expect(await kubezero(...args)).toEqual({ code: 3, stdout: '', stderr: `error: ${message}\n  fix: ${fix}\n` });
  });
});

describe('with --json, a failure is a JSON line on stdout too', () => {
  const errorOf = (stdout: string) => JSON.parse(stdout);

  it.each([
    ['a command that makes no sense', ['upgarde', '--json'], 'unknown command "upgarde"'],
    ['a missing argument', ['--json', 'upgrade'], '`kubezero upgrade` needs <env>'],
    ['an environment there is not', ['status', 'nowhere', '--json'], 'there is no environment "nowhere"'],
    [
      'a format that is none',
      ['preview', 'demo', '--json', '--format', 'markdown'],
      '--json and --format markdown contradict each other',
    ],
  ])('%s', async (_case, args, message) => {
    const { code, stdout, stderr } = await kubezero(...args);
    expect(code).toBe(exitCode.usage);
    expect(stderr).toContain(`error: ${message}`);
    expect(errorOf(stdout)).toMatchObject({ type: 'error', version: 1, exit: exitCode.usage, message });
    expect(errorOf(stdout).at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });
});

describe('the error boundary', () => {
  it('prints message, where, state and fix of a UserError, and gives its exit code', () => {
    const error = new UserError('CIDR too small\nfor 3 zones', {
      where: 'stacks/demo/environment.yaml: network.cidr',
      state: 'nothing was changed',
      fix: 'use a /16',
      exitCode: exitCode.blocked,
    });
    expect(describeFailure(error)).toEqual({
      text: 'error: CIDR too small\n    for 3 zones\n  where: stacks/demo/environment.yaml: network.cidr\n  state: nothing was changed\n  fix: use a /16',
      exitCode: 4,
      parts: [
        {
          message: 'CIDR too small\nfor 3 zones',
          where: 'stacks/demo/environment.yaml: network.cidr',
          state: 'nothing was changed',
          fix: 'use a /16',
        },
      ],
    });
  });

  it('prints several at once', () => {
    const errors = [new UserError('one'), new UserError('two', { where: 'b' })];
    expect(describeFailure(new AggregateError(errors))).toEqual({
      text: 'error: one\nerror: two\n  where: b',
      exitCode: 3,
      parts: [{ message: 'one' }, { message: 'two', where: 'b' }],
    });
  });

  it('takes everything else for a bug, with stack and cause', () => {
    const { text, exitCode: code } = describeFailure(new TypeError('x is undefined', { cause: new Error('inner') }));
    expect(code).toBe(1);
    expect(text).toMatch(/^TypeError: x is undefined\n {4}at .*cli\.test\.ts/);
    expect(text).toMatch(/\ncaused by: Error: inner\n/);
    expect(text).toMatch(/\n\nThis is a bug in kubezero, not a mistake of yours\.$/);
  });

  it('takes what an interrupted run throws for the interruption', () => {
    const controller = new AbortController();
    controller.abort();
    expect(describeFailure(new Error('socket closed'), controller.signal)).toEqual({
      text: 'interrupted',
      exitCode: 130,
      parts: [{ message: 'interrupted' }],
    });
  });
});

describe('toolchain list --missing', () => {
  const missing = async (env: Record<string, string>, ...groups: string[]) => {
    const { code, stdout } = await kubezeroWith(env, 'toolchain', 'list', ...groups, '--missing', '--json');
    const { tools }: { tools: { name: string; groups: string[] }[] } = JSON.parse(stdout);
    return { code, tools };
  };
  const nothing = { KUBEZERO_CACHE: '/nonexistent', PATH: '/nonexistent' };

  it('lists what isn’t there yet of what `install` installs, and says so by its exit code', async () => {
    const { code, tools } = await missing(nothing);
    expect(code).toBe(exitCode.changes);
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['pulumi', 'etcd', 'argocd']));
    expect(tools.filter(({ groups }) => groups.every((group) => group === 'machines'))).toEqual([]);
  });

  it('lists those of a group', async () => {
    const { tools } = await missing(nothing, 'argocd');
    expect(tools.map(({ name }) => name)).toEqual(['argocd']);
  });

  it('ends with 0 where nothing is missing', async () => {
    const { HOME = '', PATH = '' } = process.env;
    const { stdout } = await kubezeroWith({ HOME, PATH }, 'toolchain', 'list', 'argocd', '--json');
    const lacking = JSON.parse(stdout).tools.filter(({ present }: { present: boolean }) => !present);
    const code = lacking.length > 0 ? exitCode.changes : exitCode.ok;
    expect(await missing({ HOME, PATH }, 'argocd')).toEqual({ code, tools: lacking });
  });
});
