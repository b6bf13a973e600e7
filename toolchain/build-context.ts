/** What a build is given besides the tool. */
export interface BuildContext {
  onDetail: (detail: string) => void;
  signal?: AbortSignal;
  env: Record<string, string | undefined>;
}

/** Runs the Go client in the build directory; every line it writes to stderr is progress. */
export type RunGo = (args: string[]) => Promise<string>;
