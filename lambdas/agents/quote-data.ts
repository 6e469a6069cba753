/**
 * An event's data for a prompt, as JSON between tags that it cannot close: `<` stands escaped, which JSON allows and models read.
 * The system prompt says that what stands there is data and no instruction.
 */
export function quoteData(tag: string, data: unknown): string {
  return `<${tag}>\n${JSON.stringify(data, null, 1).replaceAll('<', '\\u003c')}\n</${tag}>`;
}
