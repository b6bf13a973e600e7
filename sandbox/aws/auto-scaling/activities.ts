import { randomUUID } from 'node:crypto';
import type { Activity, Group } from '../account.ts';

/** Begins an activity; a group keeps the last 200. */
export function addActivity(group: Group, description: string, cause: string): Activity {
  const start = new Date();
  const activity: Activity = {
    id: randomUUID(),
    description,
    cause: `At ${start.toISOString().slice(0, 19)}Z ${cause}.`,
    start,
    status: 'InProgress',
  };
  group.activities.unshift(activity);
  group.activities.splice(200);
  return activity;
}

/** Ends an activity. */
export function finish(activity: Activity, status: Activity['status'], message?: string): void {
  Object.assign(activity, { status, end: new Date() }, message === undefined ? {} : { message });
}
