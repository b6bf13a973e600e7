import { type Body, type Parameters, structures, text } from './protocol.ts';

/** Tags as EC2 writes them. */
export function tagSet(tags: Record<string, string>): Body {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Tags that a request's `TagSpecification` has for one resource type. */
export function tagSpecification(parameters: Parameters, type: string): Record<string, string> {
  const specification = structures(parameters, 'TagSpecification').find(
    (entry) => text(entry, 'ResourceType') === type,
  );
  const tags = specification ? structures(specification, 'Tag') : [];
  return Object.fromEntries(tags.map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']));
}
