import log from '@pulumi/pulumi/log/index.js';
import debuggable from '@pulumi/pulumi/runtime/debuggable.js';

// Its types leave out what is the library's own.
const library = debuggable as unknown as {
  debugPromiseLeaks: boolean;
  debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T>;
};

/** The library is one for the whole process: it is changed once. */
let quiet = false;

/**
 * Takes out of Pulumi's library what is only there to debug it, and is half of the work of a preview in this process:
 *
 * - messages to the engine for `pulumi --debug`: three for each resource, one after the other across all programs of the
 *   process, and each comes back as an event that nobody reads;
 * - a stack trace for every promise of a resource, worked out at once with the source maps: it is printed only where
 *   PULUMI_DEBUG_PROMISE_LEAKS is set, and so kept then.
 */
export function quietDebugging(): void {
  if (quiet || library.debugPromiseLeaks) return;
  quiet = true;
  const messages: { debug: typeof log.debug } = log;
  messages.debug = () => Promise.resolve();
  const { debuggablePromise } = library;
  library.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
