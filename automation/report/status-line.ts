/** One line on a terminal that says what is being worked on, and is gone when something is printed. */
export interface StatusLine {
  show(text: string): void;
  clear(): void;
}

/** On anything but a terminal, and in a pipeline, it says nothing. */
export function statusLine(
  stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
): StatusLine {
  if (!stream.isTTY || env.CI !== undefined || env.TERM === 'dumb') return { show: () => {}, clear: () => {} };
  return {
    show: (text) => void stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`),
    clear: () => void stream.write('\r\x1b[2K'),
  };
}
