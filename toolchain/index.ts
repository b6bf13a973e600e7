export { cacheDirectory } from './cache.ts';
export { type EnsureOptions, ensureTools, type ListedTool, listTools, type Tools } from './ensure.ts';
export {
  liveProgress,
  type OnProgress,
  type ProgressView,
  plainProgress,
  type ToolPhase,
  type ToolProgress,
} from './progress.ts';
export { provideTools } from './provide.ts';
export { pulumiEnvironment } from './pulumi.ts';
export {
  cannotRunMachines,
  type MissingFromSystem,
  missingFromSystem,
  packagesOf,
  requireSystem,
} from './system.ts';
export { defaultToolGroups, type Tool, type ToolGroup, toolGroups } from './tool.ts';
