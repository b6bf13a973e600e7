export { directoryDigest, fileDigest } from './archive.ts';
export { type ChartObject, chartCrds, isCrd } from './crds.ts';
export { type ChartLock, type LockedChart, lockFileName, lockKey, readLock, writeLock } from './lock.ts';
export {
  type ChartOrigin,
  ChartStore,
  type ChartStoreOptions,
  type FoundChart,
  openCharts,
  type Search,
} from './store.ts';
