/** A tree of values. */
type Values = Record<string, unknown>;

/**
 * One change of the values of application.yaml that a release asks for. A path is the name of a module, or that of a
 * key below it (`istio-ingress.global`). Operations are done in their order; one that finds nothing at its path does nothing.
 */
export type MigrationOperation = MoveOperation | DeleteOperation | SetOperation | WarnOperation;

/** A section goes to another place, with what of it there still is a place for. */
export interface MoveOperation {
  kind: 'move';
  from: string;
  /** A module, which it takes the place of; or the one it is in, whose keys its own become. */
  to: string;
  keep: Kept;
  /** Keys that the new section has besides. */
  set?: Record<string, string | number | boolean>;
  /**
   * End of the warning, which begins with the path, for keys that are left out; undefined: there is nothing to say.
   * Default: that the release has no place for it.
   */
  leftOut?: Record<string, (value: unknown) => string | undefined>;
  /** What else the operator should know, from the section and the one around it. */
  warn?: (section: Values, around: Values) => string[];
}

/** What of a section is kept, by key. */
export interface Kept {
  [key: string]: 'as-it-is' | { section: Kept } | KeptItems;
}

/** A list without some of its entries, below one more key. */
export interface KeptItems {
  below: string;
  /** Entries whose key has one of these values go. */
  without: { key: string; of: readonly string[] };
}

export interface DeleteOperation {
  kind: 'delete';
  path: string;
  warn?: (value: unknown) => string[];
}

/** A key gets a value, whatever it had; undefined: it is left as it is. */
export interface SetOperation {
  kind: 'set';
  path: string;
  value: (values: Values) => unknown;
}

export interface WarnOperation {
  kind: 'warn';
  warn: (values: Values) => string[];
}
