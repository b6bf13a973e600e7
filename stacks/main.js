// Entry of `pulumi` from a shell: its own TypeScript loader takes ten seconds, this one a fraction of one.
import { register } from 'tsx/esm/api';

register();
export default (await import('./shell.ts')).default;
