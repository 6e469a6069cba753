import type { ModelEntry } from '../../../../../lambdas/core/platform';
import { platform } from '../../support/ports';

const everything = platform.models[0] as ModelEntry;

function like(id: string, capabilities: Partial<ModelEntry['capabilities']>): ModelEntry {
  return { ...everything, id, providerModelId: `vendor.${id}`, capabilities: { ...everything.capabilities, ...capabilities } };
}

/** One model that can do everything, one that has JSON schemas by a tool alone, and one that can do next to nothing. */
export const models: readonly ModelEntry[] = [
  everything,
  like('by-tool', { tools: 'required', strictTools: false, serialTools: false, jsonSchema: 'tool', sampling: 'either', effort: [] }),
  like('bare', { tools: 'none', strictTools: false, serialTools: false, images: false, jsonSchema: 'none', sampling: 'none', effort: [] }),
];
