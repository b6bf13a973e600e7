import log from '@pulumi/pulumi/log/index.js';
import debuggable from '@pulumi/pulumi/runtime/debuggable.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { quietDebugging } from '../../../pulumi/quiet.ts';

const library = debuggable as unknown as {
  debuggablePromise: (promise: Promise<number>, context: string) => Promise<number>;
  leakedPromises: () => [Set<Promise<unknown>>, string];
};

describe('Pulumi’s library without its debugging', () => {
  afterEach(() => vi.restoreAllMocks());

  it('says nothing to the engine, takes no stack trace, and still knows which promises are open', async () => {
    quietDebugging();
    const { stackTraceLimit } = Error;
    await expect(log.debug('of no use to anybody')).resolves.toBeUndefined();
    const open = new Promise<number>(() => {});
    const done = Promise.resolve(1);
    void library.debuggablePromise(open, 'open');
    await expect(library.debuggablePromise(done, 'done')).resolves.toBe(1);
    expect((done as unknown as { _debugStackTrace: string })._debugStackTrace).not.toContain('\n');
    expect([...library.leakedPromises()[0]]).toEqual([open]);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
