import { Agent as HttpAgent, get as httpGet } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';

const httpAgent = new HttpAgent({ keepAlive: true });
const httpsAgent = new HttpsAgent({ keepAlive: true, rejectUnauthorized: false });

/** Asks a process whether it is healthy, as a kubelet's HTTP probe does: it doesn't check certificates either. */
export function probe(
  target: { scheme: 'http' | 'https'; host: string; port: number; path: string },
  timeoutMilliseconds = 3_000,
): Promise<boolean> {
  return new Promise((resolve) => {
    const { scheme, host, port, path } = target;
    const options = { host, port, path, timeout: timeoutMilliseconds };
    const onResponse = (response: import('node:http').IncomingMessage) => {
      response.resume();
      response.once('error', () => resolve(false));
      resolve((response.statusCode ?? 500) < 400);
    };
    const request =
      scheme === 'https'
        ? httpsGet({ ...options, agent: httpsAgent }, onResponse)
        : httpGet({ ...options, agent: httpAgent }, onResponse);
    request.once('timeout', () => request.destroy(new Error('probe timed out')));
    request.once('error', () => resolve(false));
  });
}
