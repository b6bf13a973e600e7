/**
 * Keeps this process up whatever is thrown where nobody catches it: a client that is killed in the middle of a call, or one
 * failing reconnection, must not take a whole cluster down. Takes the place of what ended the process then.
 */
export function outlive(log: (line: string) => void): void {
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.removeAllListeners(event);
    process.on(event, (error: unknown) => log(`unhandled: ${error instanceof Error ? error.stack : error}`));
  }
}
