import type { PromptContent } from '../../lambdas/core/prompts/prompt-content';

/** A version as people read it: first its messages, then everything else. None for no version. */
export function asLines(content: PromptContent | undefined): readonly string[] {
  if (content === undefined) return [];
  const { messages, ...rest } = content;
  return [
    ...messages.flatMap(({ role, template }) => [`[${role}]`, ...template.split('\n')]),
    ...JSON.stringify(sorted(rest), null, 2).split('\n'),
  ];
}

/** Members in the order of their names, so that only what differs does. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
