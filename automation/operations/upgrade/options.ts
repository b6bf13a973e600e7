export interface UpgradeOptions {
  env: string;
  /**
   * Release to upgrade to; default: the one after the deployed one, or that of an upgrade that isn't finished. Not limited
   * to the known ones here: what is wrong with another is for the upgrade to say.
   */
  to?: string;
  dryRun: boolean;
  surgeFirst: boolean;
  yes: boolean;
  /** Directory for result.json and report.md. */
  report?: string;
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** What may be deleted or replaced though it holds data, see `allowOption`. */
  allow?: string[];
  /** Directories of policy packs besides those of environment.yaml. */
  policyPack?: string[];
  /** File with a pinned plan: does the upgrade in it and nothing else. */
  plan?: string;
  /** Steps to run, by id; see `AskedSteps`. */
  until?: string;
  from?: string;
  only?: string;
  /** Only print the steps. */
  list: boolean;
}
