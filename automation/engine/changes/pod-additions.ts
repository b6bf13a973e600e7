import { isDeepStrictEqual } from 'node:util';
import type { StepEventMetadata } from '@pulumi/pulumi/automation/events.js';
import { type PropertyPath, parsePath, writePath } from './paths.ts';
import { list, record } from './sides.ts';
import { lookUp } from './values.ts';

/** Where each kind keeps the pods it starts. */
const podSpecs: Record<string, string> = {
  Deployment: 'spec.template.spec',
  StatefulSet: 'spec.template.spec',
  DaemonSet: 'spec.template.spec',
  CronJob: 'spec.jobTemplate.spec.template.spec',
};

const ofPods = ['hostNetwork', 'hostPID', 'hostIPC', 'serviceAccountName', 'securityContext'];
const ofContainers = ['command', 'args', 'env', 'envFrom', 'securityContext', 'volumeMounts', 'ports', 'lifecycle'];

/**
 * A step of a refresh with what somebody has added to a workload's pods: containers, volumes, commands, access to the
 * machine. The Kubernetes provider compares only fields that the stack has set, and what is added is none of them.
 * Defaults, which a later API server may fill in by itself, are left alone.
 */
export function withPodAdditions(step: StepEventMetadata): StepEventMetadata {
  const [provider, , kind = ''] = step.type.split(':');
  const spec = provider === 'kubernetes' ? podSpecs[kind] : undefined;
  if (!spec || (step.op !== 'same' && step.op !== 'update') || !step.old || !step.new) return step;
  const known = Object.entries(step.detailedDiff ?? {});
  // An update without detail is shown from its inputs: it stays as it is.
  if (step.op === 'update' && known.length === 0) return step;
  const [before, after] = [step.old, step.new].map((state) => at(state.outputs, parsePath(spec)));
  const added = additions(before!, after!).map((path) => writePath([...parsePath(spec), ...path]));
  const news = added.filter((path) => !known.some(([other]) => other.startsWith(path) || path.startsWith(other)));
  if (news.length === 0) return step;
  const detail = (path: string) => ({
    diffKind: lookUp(step.old!.outputs, parsePath(path)).state === 'absent' ? 'add' : 'update',
    inputDiff: false,
  });
  const detailedDiff = Object.fromEntries([...known, ...news.map((path) => [path, detail(path)])]);
  return { ...step, op: 'update', detailedDiff };
}

function additions(before: Record<string, unknown>, after: Record<string, unknown>): PropertyPath[] {
  // Ports follow from it: the API server makes each a port of the machine.
  const parts = differs(before.hostNetwork, after.hostNetwork)
    ? ofContainers.filter((key) => key !== 'ports')
    : ofContainers;
  const paths: PropertyPath[] = ofPods.filter((key) => differs(before[key], after[key])).map((key) => [key]);
  for (const place of ['containers', 'initContainers', 'volumes']) {
    const olds = list(before[place]).map(record);
    for (const [index, one] of list(after[place]).map(record).entries()) {
      const old = olds.find(({ name }) => name === one.name);
      if (!old) paths.push([place, index]);
      else if (place !== 'volumes')
        for (const key of parts) if (differs(old[key], one[key])) paths.push([place, index, key]);
    }
  }
  return paths;
}

/** An empty list or object is no different from none. */
function differs(before: unknown, after: unknown): boolean {
  const isNothing = (value: unknown) =>
    value === undefined ||
    value === null ||
    value === false ||
    isDeepStrictEqual(value, {}) ||
    isDeepStrictEqual(value, []);
  return !(isNothing(before) && isNothing(after)) && !isDeepStrictEqual(before, after);
}

function at(root: unknown, path: PropertyPath): Record<string, unknown> {
  const found = lookUp(root, path);
  return found.state === 'known' ? record(found.value) : {};
}
