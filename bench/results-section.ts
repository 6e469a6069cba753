/** A document with a section in the place of the one of that heading, up to the next of the same level; at its end, where there is none. */
export function withSection(document: string, heading: string, section: string): string {
  const start = document.indexOf(heading);
  if (start === -1) return document.trim() === '' ? section : `${document.trimEnd()}\n\n${section}`;
  const next = document.indexOf('\n## ', start + 1);
  return document.slice(0, start) + section + (next === -1 ? '' : document.slice(next));
}
