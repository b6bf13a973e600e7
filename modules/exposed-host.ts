import type { z } from 'zod';

/** Of a section with `enabled` and `url`: what is exposed must have a host name, or the API server refuses its VirtualService. */
export function withHost<T extends z.ZodType<{ enabled: boolean; url: string }>>(schema: T): T {
  return schema.superRefine(({ enabled, url }, context) => {
    if (!enabled || url) return;
    context.addIssue({ code: 'custom', path: ['url'], input: url, message: 'expected the host name that clients use' });
  });
}
