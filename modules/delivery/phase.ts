import type { ModuleId } from '../../releases/release.ts';

/** Who is to deliver a module's objects. */
export type Delivery = 'pulumi' | 'argocd';

/**
 * How far a module is on its way between the two deliveries. Kept in the modules stack's outputs, from which the next
 * update of that stack goes on.
 *
 * - `pulumi`: the stack owns every object.
 * - `handing-over`: the stack still owns them, each marked to be left alone when it leaves the stack; ArgoCD's
 *   Application is there.
 * - `argocd`: the stack has only what ArgoCD isn't given, and the Application.
 * - `taking-back`: the stack owns the objects again; the Application is there, and no longer syncs by itself.
 * - `removing`: the module was turned off; its Application has the finalizer that makes ArgoCD delete its objects first.
 */
export type DeliveryPhase = 'pulumi' | 'handing-over' | 'argocd' | 'taking-back' | 'removing';

/** Phases that the next update of the stack leaves. */
const passing = new Set<DeliveryPhase>(['handing-over', 'taking-back', 'removing']);

/** Whether an update is still to follow before every module is where it is to be. */
export function isPassing(phases: Partial<Record<ModuleId, DeliveryPhase>>): boolean {
  return Object.values(phases).some((phase) => passing.has(phase));
}

/**
 * Phase that an update brings a module to.
 *
 * Whether the engine deletes an object that leaves a stack is read from the stack's state, as the update before left
 * it: hence two updates in either direction, and the phase of the one before decides.
 *
 * @param before phase that the last complete update of the stack left; undefined where the module wasn't deployed
 * @param wanted undefined where the module is turned off
 * @param retain keep the objects of a module that is turned off
 * @returns undefined where nothing of the module is left in the stack
 */
export function nextPhase(
  before: DeliveryPhase | undefined,
  wanted: Delivery | undefined,
  retain = false,
): DeliveryPhase | undefined {
  const hasApplication = before === 'handing-over' || before === 'argocd' || before === 'removing';
  switch (wanted) {
    case 'argocd':
      return before === 'pulumi' || before === 'taking-back' ? 'handing-over' : 'argocd';
    case 'pulumi':
      return hasApplication ? 'taking-back' : 'pulumi';
    default:
      return before && hasApplication && before !== 'removing' && !retain ? 'removing' : undefined;
  }
}
