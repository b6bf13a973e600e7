import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { describeFailure } from '../../automation/boundary.ts';
import { run } from '../../automation/cli.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubezero-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function collect() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** Runs a command line in this process, as `main` does. */
async function kubezero(...args: string[]) {
  const [stdout, stderr] = [collect(), collect()];
  const around = { cwd: directory, env: {}, stdout: stdout.stream, stderr: stderr.stream };
  const code = await run(args, around, new AbortController().signal);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

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
        'migrate',
        'destroy',
        'sandbox',
        'toolchain',
        'completion',
      ]),
    );
    expect(stdout).toMatch(/Examples:\n {2}kubezero rehearse demo/);
  });

  it.each(['rehearse', 'up', 'preview', 'upgrade', 'status', 'migrate', 'render', 'charts', 'destroy'])(
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

describe('migrate', () => {
  const application = (version: string, values = 'kiam: {}\nistio: {} # one\n') =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    targetRevision: ${version}\n    helm:\n      values: |\n${values.replaceAll(/^(?=.)/gm, '        ')}`;

  function environment(name: string, text: string): string {
    const path = join(directory, 'stacks', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'environment.yaml'), '');
    writeFileSync(join(path, 'application.yaml'), text);
    return path;
  }

  it('rewrites the file, keeps the original beside it, and prints the difference', async () => {
    const path = environment('migrated', application('1.21.9-4'));
    const { code, stdout, stderr } = await kubezero('migrate', 'migrated');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('-    targetRevision: 1.21.9-4\n+    targetRevision: 1.22.8-8\n');
    expect(readFileSync(join(path, 'application.yaml'), 'utf8')).toBe(application('1.22.8-8', 'istio: {} # one\n'));
    expect(readFileSync(join(path, 'application.previous.yaml'), 'utf8')).toBe(application('1.21.9-4'));
    const again = await kubezero('migrate', 'migrated');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('is at 1.22 already; nothing to do') });
  });

  it('puts right a file that is half migrated, and keeps no copy of it', async () => {
    const half = 'istio: {}\nistio-ingress:\n  public:\n    certificates: []\n';
    const path = environment('half', application('1.22.8-8', half));
    const { code, stderr } = await kubezero('migrate', 'half');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(join(path, 'application.yaml'), 'utf8')).not.toContain('public');
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it('names every wrong value with its line, and touches nothing', async () => {
    const wrong = 'istoi: {}\nmetrics: { enabled: maybe }\n';
    const path = environment('wrong', application('1.21.9-4', wrong));
    const { code, stderr } = await kubezero('migrate', 'wrong');
    expect(code).toBe(3);
    expect(stderr).toMatch(/application\.yaml:8:9: .*istoi: unknown module "istoi"; did you mean "istio"\?/);
    expect(stderr).toMatch(/application\.yaml:9:29: .*metrics\.enabled: expected true or false; found "maybe"/);
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it('only prints with --dry-run, and one JSON document with --json', async () => {
    const path = environment('dry', application('1.21.9-4'));
    const { code, stdout } = await kubezero('migrate', 'dry', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      file: join(path, 'application.yaml'),
      changed: true,
      written: false,
      changes: ['targetRevision 1.21.9-4 is now 1.22.8-8', 'kiam removed'],
      warnings: [],
    });
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it.each([
    ['a skipped release', application('1.20.11-2'), ['migrate', 'bad'], 'error: from 1.20 to 1.22 skips release 1.21'],
    [
      'a downgrade',
      application('1.22.8-8'),
      ['migrate', 'bad', '--to', '1.21'],
      'error: this is 1.22; going back to 1.21 is not possible',
    ],
    [
      'an unknown release',
      application('1.21.9-4'),
      ['migrate', 'bad', '--to', '1.23'],
      'error: unknown KubeZero release "1.23"',
    ],
    ['broken YAML', 'kind: [', ['migrate', 'bad'], 'error: broken YAML: '],
    ['a mistyped environment', application('1.21.9-4'), ['migrate', 'bda'], 'error: no environment "bda"\n'],
  ])('refuses %s and touches nothing', async (_case, text, args, message) => {
    const path = environment('bad', text);
    const { code, stdout, stderr } = await kubezero(...args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr).toContain('  state: nothing was changed\n');
    expect(readFileSync(join(path, 'application.yaml'), 'utf8')).toBe(text);
    expect(readdirSync(path).sort()).toEqual(['application.yaml', 'environment.yaml']);
  });

  it('is a filter with -, from any directory, through the built command', () => {
    const bin = join(repositoryRoot, 'bin/kubezero.js');
    const filter = (input: string) =>
      spawnSync(process.execPath, [bin, 'migrate', '-', '--to', '1.22'], { input, cwd: directory, encoding: 'utf8' });
    const good = filter(application('1.21.9-4'));
    expect({ status: good.status, stdout: good.stdout }).toEqual({
      status: 0,
      stdout: application('1.22.8-8', 'istio: {} # one\n'),
    });
    const bad = filter('- no\n');
    expect({ status: bad.status, stdout: bad.stdout }).toEqual({ status: 3, stdout: '' });
    expect(bad.stderr).toContain("error: this is not KubeZero's application.yaml: expected a mapping");
  });
});
