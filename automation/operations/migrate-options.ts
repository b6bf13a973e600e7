/** What a lone `-` argument becomes: the parser would take it for an option without a name. */
export const standardInput = '/dev/stdin';

export interface MigrateOptions {
  /** Environment name, or {@link standardInput}: filter from stdin to stdout. */
  env: string;
  /** Default: the release after the file's; that of the file, where its original is still beside it. */
  to?: string;
  dryRun: boolean;
}
