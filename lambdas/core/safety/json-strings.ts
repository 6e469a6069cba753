const QUOTE = 34;
const BACKSLASH = 92;
const NUMBER_UNIT = /[-+.0-9eE]/;

/**
 * A JSON text with each of its strings, keys too, and each number passed through a function, and everything else (spaces, order, digits) as it
 * was. A number that comes back changed is a string from then on.
 *
 * @param change Receives a string as it reads, or a number as it is written, and the key that it is the value of.
 * @throws SyntaxError where the text is not JSON.
 */
export function mapJsonStrings(json: string, change: (value: string, key: string | undefined) => string): string {
  JSON.parse(json);
  let out = '';
  let key: string | undefined;
  let index = 0;
  while (index < json.length) {
    const unit = json.charCodeAt(index);
    if (unit === QUOTE) {
      const end = endOfString(json, index);
      const literal = json.slice(index, end);
      const value = JSON.parse(literal) as string;
      const isKey = isColonNext(json, end);
      const changed = change(value, isKey ? undefined : key);
      if (isKey) key = value;
      out += changed === value ? literal : JSON.stringify(changed);
      index = end;
    } else if ((unit >= 48 && unit <= 57) || unit === 45) {
      let end = index + 1;
      while (end < json.length && NUMBER_UNIT.test(json.charAt(end))) end++;
      const literal = json.slice(index, end);
      const changed = change(literal, key);
      out += changed === literal ? literal : JSON.stringify(changed);
      index = end;
    } else {
      out += json.charAt(index);
      index++;
    }
  }
  return out;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A value as it stands within the quotes of a JSON string. */
export function escapeForJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function endOfString(json: string, start: number): number {
  let index = start + 1;
  while (json.charCodeAt(index) !== QUOTE) index += json.charCodeAt(index) === BACKSLASH ? 2 : 1;
  return index + 1;
}

function isColonNext(json: string, start: number): boolean {
  let index = start;
  while (/\s/.test(json.charAt(index))) index++;
  return json.charAt(index) === ':';
}
