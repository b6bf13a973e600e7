import type { Failed, StepLabel } from './events.ts';

/** How the log of a pipeline's job folds steps and marks what is wrong. Every method gives the line to print. */
export interface LogHost {
  /** Everything up to `end` is one group. `text` is what is seen of it while it is folded. */
  begin(step: StepLabel, at: string, text: string): string;
  end(step: StepLabel, at: string): string;
  /** Undefined: the host has no way to mark one. */
  warning(title: string, message: string): string | undefined;
  error(title: string, failed: Failed): string | undefined;
  /** Text of several lines, so that none of them is taken for a command to the host. */
  harmless(text: string): string;
}

/** The host that this process's output is read by; undefined where it is a person or a plain file. */
export function logHost(env: NodeJS.ProcessEnv): LogHost | undefined {
  if (env.GITHUB_ACTIONS === 'true') return github;
  if (env.GITLAB_CI === 'true') return gitlab;
  return undefined;
}

/** Workflow commands, escaped as @actions/core does: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
const github: LogHost = {
  begin: (_step, _at, text) => `::group::${data(text)}`,
  end: () => '::endgroup::',
  warning: (title, message) => `::warning title=${property(title)}::${data(message)}`,
  error: (title, { message, where, state, fix }) => {
    const rest = Object.entries({ where, state, fix }).flatMap(([name, text]) => (text ? [`${name}: ${text}`] : []));
    return `::error title=${property(title)}::${data([message, ...rest].join('\n'))}`;
  },
  // A line is a command where "::" is the first on it.
  harmless: (text) => text.replaceAll(/(^|[\r\n])(\s*)(?=::)/g, '$1$2| '),
};

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Collapsible sections: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections */
const gitlab: LogHost = {
  begin: ({ id }, at, text) => `${section('start', id, at)}[collapsed=true]\r\x1b[0K${text}`,
  end: ({ id }, at) => `${section('end', id, at)}\r\x1b[0K`,
  warning: () => undefined,
  error: () => undefined,
  harmless: (text) => text,
};

function section(what: 'start' | 'end', id: string, at: string): string {
  return `\x1b[0Ksection_${what}:${Math.floor(Date.parse(at) / 1000)}:${id.replaceAll(/[^\w.-]/g, '_')}`;
}
