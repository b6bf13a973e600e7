import { pause } from '../../sandbox/kubernetes/collection.ts';

/** Minutes without anything new after which a wait gives up: machines are slow where the computer is busy, but they move on. */
const patience = 5;

/**
 * Waits until something is true. Gives up only where nothing happens: the clock starts anew with each description of how far it
 * is that wasn't seen before.
 *
 * @param progress how far it is; also what the error shows
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  progress: () => string | undefined | Promise<string | undefined> = () => undefined,
): Promise<NonNullable<T>> {
  const seen = new Set<string | undefined>();
  let since = Date.now();
  for (;;) {
    const found = await condition();
    if (found) return found as NonNullable<T>;
    const now = await progress();
    // What only counts attempts or seconds isn't news.
    const news = now?.replaceAll(/\d+/g, '');
    if (!seen.has(news)) since = Date.now();
    seen.add(news);
    if (Date.now() - since > patience * 60_000) throw new Error(`still waiting for ${what}: ${now ?? 'nothing seen'}`);
    await pause(200);
  }
}
