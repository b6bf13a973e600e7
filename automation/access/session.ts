import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { exitCode, UserError } from '../../errors/index.ts';

/** A Session Manager session that leads from a port of this machine to one of another. */
export interface Session {
  /** Resolves when the session has ended, with what its command said. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

export interface SessionOptions {
  region: string;
  instanceId: string;
  localPort: number;
  remotePort: number;
}

/** Starts a session; whether it leads anywhere is for the caller to try. */
export function startSession({ region, instanceId, localPort, remotePort }: SessionOptions): Session {
  const parameters = JSON.stringify({ portNumber: [`${remotePort}`], localPortNumber: [`${localPort}`] });
  const args = [
    ...['ssm', 'start-session', '--region', region, '--target', instanceId],
    ...['--document-name', 'AWS-StartPortForwardingSession', '--parameters', parameters],
  ];
  // The CLI starts the plugin and leaves it behind when it is killed: both are a process group of their own.
  const child = spawn('aws', args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, AWS_PAGER: '' },
  });
  let over = false;
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined && !over) process.kill(-child.pid, signal);
    } catch {
      // It is gone.
    }
  };
  const killNow = () => kill('SIGKILL');
  process.on('exit', killNow);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const ended = new Promise<string>((resolve) => {
    const end = (text: string) => {
      process.off('exit', killNow);
      resolve(text);
    };
    child.once('error', (error) => end(error.message));
    // Not `close`: the plugin may still hold the stream.
    child.once('exit', (code) => {
      killNow();
      over = true;
      end(lastLineOf(said) || `aws ssm start-session ended with ${code}`);
    });
  });
  const stop = async () => {
    kill('SIGTERM');
    const timer = setTimeout(killNow, 3_000);
    await ended;
    clearTimeout(timer);
  };
  return { ended, stop };
}

/**
 * Refuses to go on where this machine lacks what sessions need.
 * @throws UserError naming each program that is missing
 */
export function refuseWithoutTools(environment: string, env: NodeJS.ProcessEnv = process.env): void {
  const missing = Object.entries(tools).filter(([name]) => !isOnPath(name, env));
  if (missing.length === 0) return;
  throw new UserError(
    `access through Session Manager needs ${missing.map(([name]) => name).join(' and ')}, which ${missing.length > 1 ? 'aren’t' : 'isn’t'} on PATH`,
    {
      where: `${environment}/environment.yaml: access.ssm`,
      state: 'nothing was changed',
      fix: `install ${missing.map(([, what]) => what).join(' and ')}`,
      exitCode: exitCode.blocked,
    },
  );
}

const tools = {
  aws: 'the AWS CLI (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)',
  'session-manager-plugin':
    'its plugin (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html)',
};

/** Whether a program is on PATH. */
export function isOnPath(name: string, { PATH = '' }: NodeJS.ProcessEnv = process.env): boolean {
  return PATH.split(delimiter)
    .filter(Boolean)
    .some((directory) => {
      const file = join(directory, name);
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

function lastLineOf(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
