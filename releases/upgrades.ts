import type { Upgrade } from './upgrade.ts';
import { upgrade as to122 } from './v1.22/upgrade.ts';

/** Every upgrade from a release to the next, oldest first. */
export const upgrades: readonly Upgrade[] = [to122];
