/** Words of a list written as text: whitespace between them. */
export function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

/** Groups written one to a line, words apart by whitespace. A word stands in every group that names it. */
export function wordGroups(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map((line) => line.split(/\s+/).filter((word) => word !== ''))
    .filter((group) => group.length > 0);
}
