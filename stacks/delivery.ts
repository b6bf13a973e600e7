import { modules } from '../modules/index.ts';
import type { ModuleId } from '../releases/release.ts';

// What whoever drives the modules' stack has to know of how modules are delivered.
export {
  type DeliveryPhase,
  isPassing,
  type ManifestFile,
  manifestsDirectory,
  manifestToCompare,
} from '../modules/delivery/index.ts';

/** Modules that a module depends on, directly and through others. */
export function dependencies(id: ModuleId): ModuleId[] {
  const direct = modules.find((definition) => definition.id === id)?.dependsOn ?? [];
  return [...new Set(direct.flatMap((other) => [other, ...dependencies(other)]))];
}
