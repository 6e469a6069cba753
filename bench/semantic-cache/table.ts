export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param share 0 to 1. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
