import * as z from 'zod';
import { confidence, decisionShape, defineAgent, defineEffect, defineEvent } from '../../core/agents';

/** The beginning of a document tells its kind; what is behind costs tokens. */
const MAX_TEXT = 20_000;

export const documentReceived = defineEvent({
  name: 'document.received',
  version: 1,
  owner: 'documents',
  description: 'A document has arrived, and its text was read.',
  data: z.strictObject({
    document_id: z.string().min(1).max(128),
    file_name: z.string().max(255),
    /** The beginning of its text. */
    text: z.string().max(MAX_TEXT),
  }),
});

export const classification = defineEffect(
  'classification',
  z.object({ document_id: z.string(), kind: z.string(), holds_personal_data: z.boolean() }),
);

const output = z.object({
  ...decisionShape,
  kind: z.enum(['invoice', 'receipt', 'contract', 'purchase_order', 'statement', 'letter', 'other']).describe('What the document is.'),
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .describe('ISO 639-1 code of the language that most of the text is in.'),
  holds_personal_data: z.boolean().describe('Whether it names or describes a natural person beyond the signature of a company’s officer.'),
  confidence,
});

/** What kind of document is this, so that it finds its way? */
export const documents = defineAgent({
  name: 'documents',
  event: documentReceived,
  prompt: 'documents',
  variables: ({ data }) => ({ document: data }),
  output,
  effects: [classification],
  act: ({ output: { kind, holds_personal_data } }, { data: { document_id } }) => [
    classification({ document_id, kind, holds_personal_data }),
  ],
});
