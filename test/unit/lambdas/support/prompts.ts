import { compilePrompt } from '../../../../lambdas/core/prompts/compile-prompt';
import type { LabelRecord } from '../../../../lambdas/core/prompts/label';
import { contentHash, type PromptContent, promptContent } from '../../../../lambdas/core/prompts/prompt-content';
import type { PromptReader } from '../../../../lambdas/core/prompts/prompt-reader';

/** Prompts in memory, in force at once. */
export class MemoryPrompts implements PromptReader {
  readonly labels = new Map<string, LabelRecord>();
  readonly versions = new Map<string, PromptContent>();

  /** Releases a version, and moves `production` there. */
  release(id: string, version: number, content: object, label: Partial<LabelRecord> = {}): void {
    this.versions.set(`${id}@${version}`, promptContent.parse(content));
    this.labels.set(`${id}@production`, labelOf({ version, ...label }));
  }

  findLabel(id: string, label: string): Promise<LabelRecord | undefined> {
    return Promise.resolve(this.labels.get(`${id}@${label}`));
  }

  findVersion(id: string, version: number): ReturnType<PromptReader['findVersion']> {
    const content = this.versions.get(`${id}@${version}`);
    return Promise.resolve(content && { hash: contentHash(content), prompt: compilePrompt(content) });
  }

  exists(id: string): Promise<boolean> {
    return Promise.resolve([...this.versions.keys()].some((key) => key.startsWith(`${id}@`)));
  }

  refresh: (id: string) => void = () => undefined;
}

export function labelOf(given: Partial<LabelRecord> = {}): LabelRecord {
  return { label: 'production', version: 1, revision: 1, change: 'promote', updatedAt: 0, ...given };
}
