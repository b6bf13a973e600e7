import type { Comment, ReviewRequest } from './host.ts';

/** What became of the comment. */
export interface Published {
  outcome: 'created' | 'updated' | 'left alone' | 'not needed';
  url?: string;
  /** Further comments of the same environment that were deleted. */
  removed: number;
}

/** First line of every comment of an environment; invisible where Markdown is shown. */
export function marker(environment: string): string {
  return `<!-- kubezero:${environment} -->`;
}

/** The whole comment: marker, text, and as far as it still fits a line that says what it is of. */
export function commentBody(environment: string, text: string, { commit, runUrl, limit }: ReviewRequest): string {
  const own = marker(environment);
  const content = text.trimEnd();
  const body = content.startsWith(own) ? content : `${own}\n${content}`;
  const about = [...(commit ? [`commit ${commit.slice(0, 12)}`] : []), ...(runUrl ? [`[run](${runUrl})`] : [])];
  const signed = about.length > 0 ? `${body}\n\n<sub>${about.join(' · ')}</sub>` : body;
  return signed.length <= limit ? signed : body;
}

/**
 * Keeps one comment per environment on a request: the oldest one is edited in place, so that links to it stay good;
 * further ones (of runs that crossed each other) are deleted.
 *
 * @param create  whether to make one where there is none
 */
export async function publish(
  request: ReviewRequest,
  environment: string,
  body: string,
  { create }: { create: boolean },
): Promise<Published> {
  const [present, ...further] = (await request.comments()).filter((comment) => isOf(environment, comment));
  for (const { id } of further) await request.remove(id);
  const removed = further.length;
  if (!present) {
    if (!create) return { outcome: 'not needed', removed };
    return { outcome: 'created', url: (await request.create(body)).url, removed };
  }
  // Hosts store other line ends than they were given.
  if (present.body.replaceAll('\r\n', '\n').trimEnd() === body.trimEnd())
    return { outcome: 'left alone', url: present.url, removed };
  return { outcome: 'updated', url: (await request.update(present.id, body)).url ?? present.url, removed };
}

function isOf(environment: string, { body }: Comment): boolean {
  return body.trimStart().startsWith(marker(environment));
}
