import { createSignedFetch } from 'ai-native-blueprint/client';
import OpenAI from 'openai';

/** The unmodified client: the function's own role is its identity, so there is no key to keep. */
const openai = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/iam/v1`,
  apiKey: 'replaced-by-the-signature',
  fetch: createSignedFetch(),
});

export async function handler({ text }: { readonly text: string }): Promise<{ readonly summary: string }> {
  const stream = await openai.chat.completions.create({
    model: 'claude-haiku-4.5',
    messages: [{ role: 'user', content: `Summarize in one sentence: ${text}` }],
    stream: true,
  });
  let summary = '';
  for await (const chunk of stream) summary += chunk.choices[0]?.delta.content ?? '';
  return { summary };
}
