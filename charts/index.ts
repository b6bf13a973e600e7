export { directoryDigest, fileDigest } from './archive.ts';
export { type ChartObject, chartCrds, isCrd } from './crds.ts';
export { type ChartOrigin, type FoundChart, findChart, type Search, searchChart, usedCharts } from './find.ts';
export { type ChartLock, type LockedChart, lockFileName, lockKey, readLock, useLock, writeLock } from './lock.ts';
export { chartCache, givenDirectories, useCharts } from './places.ts';
export { forgetDirectories } from './scan.ts';
