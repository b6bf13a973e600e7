import { join } from 'node:path';
import { UserError } from '../errors/index.ts';
import { overrideNames } from './lookup.ts';
import { label, type Tool } from './tool.ts';

/** None of the ways led to the tool. */
export function cannotProvide(
  tool: Tool,
  attempts: { rejected: string[]; cache: string; release: string; build: string; cause?: unknown },
): UserError {
  const names = tool.binaries.map(({ name }) => name);
  const title = names.length > 1 || names[0] !== tool.name ? `${label(tool)} (${names.join(', ')})` : label(tool);
  const found = attempts.rejected.length > 0 ? `the wrong one on PATH: ${attempts.rejected.join('; ')}` : 'not on PATH';
  const hosts = [...new Set(tool.release('linux-amd64').map(({ url }) => new URL(url).host))].join(', ');
  const fromPyPI = tool.build.kind === 'python';
  const variable = tool.binaries[0] ? overrideNames(tool, tool.binaries[0], true)[0] : '';
  return new UserError(
    [
      `${title} is needed for ${tool.neededFor}, and there was no way to get it:`,
      `found here: no; not in ${join(attempts.cache, 'tools')}, ${found}`,
      ...(fromPyPI
        ? [`installed from PyPI: no; ${attempts.build}`]
        : [`official release: no; ${attempts.release}`, `built by Go: no; ${attempts.build}`]),
    ].join('\n  '),
    {
      fix: `Any one of these is enough: install ${label(tool)} so that it is on PATH (or name it: ${variable}=/path/to/${names[0]})${
        hosts ? `; let this machine reach ${hosts}` : ''
      }; ${
        fromPyPI
          ? 'install Python with its module venv (Debian: `apt-get install python3-venv`) and let its pip reach PyPI'
          : 'install Go (https://go.dev/dl) and let it reach its module proxy'
      }. Then run the same command again.`,
      state: 'Nothing was changed.',
      cause: attempts.cause,
    },
  );
}

/** Said before anything is tried. */
export function unsupportedPlatform(): UserError {
  return new UserError(
    `KubeZero's tools run on Linux and macOS, on x64 and arm64; this is ${process.platform} on ${process.arch}.`,
    {
      fix: 'On Windows, use the Windows Subsystem for Linux.',
    },
  );
}

/** The message for a file system that refuses; undefined for any other error. */
export function cacheUnusable(cache: string, error: unknown): UserError | undefined {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (!syscall || !code || error instanceof UserError) return undefined;
  return new UserError(`The tool cache can't be written: ${message}.`, {
    where: cache,
    fix: 'Make room or allow writing there, or let KUBEZERO_CACHE name another directory.',
    state: 'Nothing was changed.',
    cause: error,
  });
}
