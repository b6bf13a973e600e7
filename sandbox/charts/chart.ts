import type { StandInObject } from './template.ts';

/** A stand-in chart at one version. */
export interface StandInChart {
  chart: string;
  version: string;
  appVersion: string;
  /** Version that it was written for, where that is another one. */
  asOf?: string;
  /** Objects of its templates. */
  objects: StandInObject[];
  /** CRDs of its `crds/` folder. */
  crds?: StandInObject['object'][];
  /** Default values, for what templates read. */
  values?: Record<string, unknown>;
}
