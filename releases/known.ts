import { release as v121 } from './v1.21/index.ts';
import { release as v122 } from './v1.22/index.ts';

/** Every KubeZero release this program knows, oldest first. Upgrades go from one to the next, never past one. */
export const known = { '1.21': v121, '1.22': v122 };
