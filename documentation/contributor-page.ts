import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository/root.ts';
import { roomsPicture } from './rooms-picture.ts';

const begin = '<!-- rooms: made by `npm run docs` -->';
const end = '<!-- end of rooms -->';

/** docs/contributor.md as it is, with the picture of the rooms as they are. */
export function contributorPage(): string {
  const text = readFileSync(join(repositoryRoot, 'docs/contributor.md'), 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before)
    throw new Error(`docs/contributor.md has no place for the rooms: ${begin} … ${end}`);
  return `${text.slice(0, before)}${begin}\n\n\`\`\`\n${roomsPicture()}\n\`\`\`\n\n${text.slice(after)}`;
}
