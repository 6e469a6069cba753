import type { PromptContent } from './prompt-content';
import { PromptError } from './prompt-error';
import { type Part, parseTemplate, TemplateSyntaxError, usesOf } from './template';
import { MAX_RENDERED_CHARACTERS, mostCharacters } from './variables';

/** A version whose templates were read. */
export interface CompiledPrompt {
  readonly content: PromptContent;
  /** In the order of `content.messages`. */
  readonly templates: readonly (readonly Part[])[];
}

/**
 * Reads a version's templates.
 *
 * @throws PromptError for a template that cannot be read or names an unknown variable, with its place; for a variable that none names; and for
 * messages that values could make too long.
 */
export function compilePrompt(content: PromptContent): CompiledPrompt {
  const templates = content.messages.map(({ template }, message) => parsed(template, message));
  const used = new Set<string>();
  let most = 0;
  for (const [message, parts] of templates.entries()) {
    most += content.messages[message]?.template.length ?? 0;
    for (const { name, kind, place } of usesOf(parts)) {
      const spec = Object.hasOwn(content.variables, name) ? content.variables[name] : undefined;
      if (spec === undefined) throw new PromptError(`there is no variable \`${name}\` in \`variables\`.`, { message, ...place });
      used.add(name);
      if (kind === 'value') most += mostCharacters(spec);
    }
  }
  const unused = Object.keys(content.variables).find((name) => !used.has(name));
  if (unused !== undefined) throw new PromptError(`no template names the variable \`${unused}\`: take it out of \`variables\`, or use it.`);
  if (most > MAX_RENDERED_CHARACTERS) {
    const message = `the messages could have ${most} characters, ${MAX_RENDERED_CHARACTERS} are allowed: give variables a smaller \`maxLength\`, or name them less often.`;
    throw new PromptError(message);
  }
  return { content, templates };
}

function parsed(template: string, message: number): readonly Part[] {
  try {
    return parseTemplate(template);
  } catch (error) {
    throw error instanceof TemplateSyntaxError ? new PromptError(error.message, { message, ...error.place }) : error;
  }
}
