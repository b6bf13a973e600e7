export { application, type GitSource, preparedForDelivery, syncWaves } from './applications.ts';
export { type ManifestFile, manifestFiles, manifestsDirectory, manifestToCompare } from './manifests.ts';
export { type Delivery, type DeliveryPhase, isPassing, nextPhase } from './phase.ts';
export { type DeliveryOptions, type DeliveryPlan, planDelivery } from './plan.ts';
export { deliveryOf, split } from './split.ts';
