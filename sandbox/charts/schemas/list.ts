/** Entries of a text in which commas separate them. */
export function list(text: string): string[] {
  return text.trim().split(/\s*,\s*/);
}
