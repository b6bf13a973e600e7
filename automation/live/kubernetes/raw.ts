import { get, type RequestOptions } from 'node:https';
import type { Cluster } from './client.ts';

/**
 * What the API answers to a GET that is no JSON, such as metrics through a node's proxy.
 * @throws where it answers with another status than 200, or not in time
 */
export async function rawText(
  { config, server }: Pick<Cluster, 'config' | 'server'>,
  path: string,
  milliseconds: number,
): Promise<string> {
  const options: RequestOptions = { signal: AbortSignal.timeout(milliseconds) };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    get(new URL(path, server), options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`HTTP ${response.statusCode}`)),
      );
    }).on('error', reject);
  });
}
