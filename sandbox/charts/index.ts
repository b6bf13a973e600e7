import { mkdirSync } from 'node:fs';

/** Writes the stand-in charts into a directory. */
export async function writeStandInCharts(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
}
