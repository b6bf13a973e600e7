import type { Input } from '@pulumi/pulumi';

/** What a layer's program returns, for what its stack exports: the same fields, to be known when the engine is done. */
export type Promised<T> = T extends string | number | boolean | undefined
  ? Input<T>
  : T extends object
    ? { [K in keyof T]: Promised<T[K]> }
    : Input<T>;
