import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects garbage now. An update of the modules leaves a hundred megabytes of what Pulumi's library held of each resource;
 * left to itself Node.js lets those of several updates pile up, which a small runner has no room for. Takes a tenth of a second.
 */
export function collectGarbage(): void {
  // The only way to it in a process that is running.
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
