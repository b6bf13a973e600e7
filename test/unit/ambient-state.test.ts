import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';

const rooms = [
  'application',
  'automation',
  'charts',
  'environment',
  'infra',
  'modules',
  'pulumi',
  'sandbox',
  'secrets',
  'stacks',
];

/** Sources of these rooms that have a text in them. */
function sourcesWith(text: RegExp): string[] {
  return rooms
    .flatMap((room) => readdirSync(join(repositoryRoot, room), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => text.test(readFileSync(file, 'utf8')))
    .map((file) => relative(repositoryRoot, file))
    .sort();
}

it('environment variables are read at the edge and passed on, but for those that libraries read themselves', () => {
  expect(sourcesWith(/\bprocess\.env\b/)).toEqual([
    // The kubeconfig, as Kubernetes' clients find it.
    'automation/access/access.ts',
    'automation/access/optional.ts',
    // PATH, as programs are found that are started.
    'automation/access/session.ts',
    // The endpoint that AWS' SDK talks to, for a message.
    'automation/live/aws/failure.ts',
    'automation/live/kubernetes/client.ts',
    // Colours, as the live view's library finds them.
    'automation/report/sink.ts',
    // What the sandbox starts gets all that it has: its daemon, its processes, PATH in pods.
    'sandbox/client.ts',
    'sandbox/machines/pod-script.ts',
    'sandbox/processes.ts',
    // Defaults, where machines really boot: PATH, and where the cache is.
    'sandbox/real/runtime/crio.ts',
    'sandbox/real/runtime/program.ts',
  ]);
});

it('the process is asked for its environment where commands begin: the command line, and `pulumi` from a shell', () => {
  expect(sourcesWith(/\benv\b[^;\n]*\} = process;/)).toEqual(['automation/cli/cli.ts', 'stacks/shell.ts']);
});

it('no file has a variable that one caller sets and another reads', () => {
  // Whether Pulumi’s library, which is the process’s, was changed already.
  expect(sourcesWith(/^(export )?let\b/m)).toEqual(['pulumi/quiet.ts']);
});

it('what Pulumi doesn’t document is known in its room alone', () => {
  expect(sourcesWith(/['"]@pulumi\/pulumi\/(runtime|provider|log|cmd)\b/)).toEqual([
    'pulumi/construct.ts',
    'pulumi/policy-pack.ts',
    'pulumi/quiet.ts',
  ]);
});
