/**
 * Templates: text with `{{name}}` where a variable's value goes, and `{{#if name}} … {{/if}}` for what is there only when the variable has a value.
 * Sections do not nest, and nothing repeats: a template is read once, in linear time, and values are put into it without being read. `\{{` is `{{`
 * itself.
 */
export type Part = TextPart | ValuePart | SectionPart;

export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
}

export interface ValuePart {
  readonly kind: 'value';
  readonly name: string;
  readonly place: Place;
}

export interface SectionPart {
  readonly kind: 'section';
  readonly name: string;
  readonly place: Place;
  readonly parts: readonly (TextPart | ValuePart)[];
}

/** Both from 1; columns in UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A template that cannot be read. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError';

  constructor(
    message: string,
    readonly place: Place,
  ) {
    super(message);
  }
}

export const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
const SECTION = /^#if\s+(\S+)$/;
const END = '/if';
const MAX_SHOWN_CHARACTERS = 60;

/** @throws TemplateSyntaxError with line and column. */
export function parseTemplate(template: string): readonly Part[] {
  const placeAt = placesOf(template);
  const parts: Part[] = [];
  let section: (SectionPart & { readonly parts: (TextPart | ValuePart)[] }) | undefined;
  let position = 0;
  const add = (part: TextPart | ValuePart): void => {
    if (part.kind === 'text' && part.text === '') return;
    (section?.parts ?? parts).push(part);
  };
  for (;;) {
    const open = template.indexOf('{{', position);
    if (open === -1) break;
    const place = placeAt(open);
    if (template[open - 1] === '\\' && open > position) {
      add({ kind: 'text', text: `${template.slice(position, open - 1)}{{` });
      position = open + 2;
      continue;
    }
    const close = template.indexOf('}}', open + 2);
    if (close === -1) throw new TemplateSyntaxError('`{{` is not closed by `}}`; for braces themselves write `\\{{`.', place);
    add({ kind: 'text', text: template.slice(position, open) });
    position = close + 2;
    const inner = template.slice(open + 2, close).trim();
    const sectionName = SECTION.exec(inner)?.[1];
    if (sectionName !== undefined) {
      if (section !== undefined)
        throw new TemplateSyntaxError('a section may not stand in another one; end that first, with `{{/if}}`.', place);
      section = { kind: 'section', name: checkedName(sectionName, place), place, parts: [] };
      position = afterOwnLine(template, open, position);
    } else if (inner === END) {
      if (section === undefined) throw new TemplateSyntaxError('`{{/if}}` ends a section, and none has begun.', place);
      parts.push(section);
      section = undefined;
      position = afterOwnLine(template, open, position);
    } else {
      add({ kind: 'value', name: checkedName(inner, place), place });
    }
  }
  if (section !== undefined)
    throw new TemplateSyntaxError(`the section \`{{#if ${section.name}}}\` is not ended by \`{{/if}}\`.`, section.place);
  add({ kind: 'text', text: template.slice(position) });
  return parts;
}

/**
 * The text with its values.
 *
 * @param valueOf A value as text; undefined where there is none.
 */
export function renderTemplate(parts: readonly Part[], valueOf: (name: string) => string | undefined): string {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'value') text += valueOf(part.name) ?? '';
    else if (valueOf(part.name)) text += renderTemplate(part.parts, valueOf);
  }
  return text;
}

/** Each place at which a variable is named, in order. */
export function* usesOf(parts: readonly Part[]): Generator<ValuePart | SectionPart> {
  for (const part of parts) {
    if (part.kind === 'text') continue;
    yield part;
    if (part.kind === 'section') yield* usesOf(part.parts) as Generator<ValuePart>;
  }
}

function checkedName(name: string, place: Place): string {
  if (VARIABLE_NAME.test(name)) return name;
  const shown = JSON.stringify(name.length > MAX_SHOWN_CHARACTERS ? `${name.slice(0, MAX_SHOWN_CHARACTERS)}...` : name);
  throw new TemplateSyntaxError(
    `${shown} is no variable: between the braces stands a name of letters, digits and "_", \`#if <name>\` or \`/if\`. For braces themselves write \`\\{{\`.`,
    place,
  );
}

/** A section's mark that has a line to itself takes the line's end with it. */
function afterOwnLine(template: string, open: number, end: number): number {
  const beginsLine = open === 0 || template[open - 1] === '\n';
  return beginsLine && template[end] === '\n' ? end + 1 : end;
}

/** Asked for in ascending order, each line is counted once. */
function placesOf(template: string): (position: number) => Place {
  let line = 1;
  let lineStart = 0;
  return (position) => {
    for (let end = template.indexOf('\n', lineStart); end !== -1 && end < position; end = template.indexOf('\n', lineStart)) {
      line += 1;
      lineStart = end + 1;
    }
    return { line, column: position - lineStart + 1 };
  };
}
