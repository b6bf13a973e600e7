import { Agent, EnvHttpProxyAgent, fetch, RetryAgent } from 'undici';

interface ProxiedFetchOptions {
  env: NodeJS.ProcessEnv;
  retries?: number;
  signal?: AbortSignal;
}

/**
 * Node's `fetch`, through the proxy that `HTTPS_PROXY` and `NO_PROXY` name. Its requests are aborted with the signal.
 *
 * @param env  where the proxy is named
 * @param retries  how often a request is repeated after a refusal for its rate or a failure of the server; waits as long as
 *   the server asks for, else ever longer from half a second on. Writes are repeated too: should the first have been
 *   heard after all, the comment is there twice, and the next run removes one.
 */
export function proxiedFetch({ env, retries = 0, signal }: ProxiedFetchOptions): typeof fetch {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY;
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  const once =
    httpProxy || httpsProxy
      ? new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy: env.no_proxy ?? env.NO_PROXY ?? '' })
      : new Agent();
  const dispatcher =
    retries === 0
      ? once
      : new RetryAgent(once, {
          maxRetries: retries,
          minTimeout: 500,
          maxTimeout: 30_000,
          methods: ['GET', 'POST', 'PUT', 'DELETE'],
          statusCodes: [429, 500, 502, 503, 504],
        });
  return (input, init) => fetch(input, { signal, ...init, dispatcher });
}
