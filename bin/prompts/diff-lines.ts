/** Lines around a change that are shown with it. */
const CONTEXT_LINES = 2;

interface Line {
  /** ` ` in both, `-` in the first alone, `+` in the second alone. */
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * What a text has to lose and to gain to become another, as lines that begin with `-`, `+` or, around them, a space; `…` stands for what is left
 * out. Nothing when they are the same. By their longest common subsequence: quadratic in the lines, of which a prompt has few.
 */
export function diffLines(from: readonly string[], to: readonly string[]): readonly string[] {
  const lines = merged(from, to);
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(({ mark }) => mark !== ' '),
  );
  return lines.flatMap(({ mark, text }, index) => {
    if (shown[index] === true) return [`${mark} ${text}`];
    return index > 0 && shown[index - 1] === true && shown.includes(true, index) ? ['…'] : [];
  });
}

function merged(from: readonly string[], to: readonly string[]): readonly Line[] {
  const lengths = commonLengths(from, to);
  const common = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && from[i] === to[j]) {
      lines.push({ mark: ' ', text: from[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < from.length && (j === to.length || common(i + 1, j) >= common(i, j + 1))) {
      lines.push({ mark: '-', text: from[i] ?? '' });
      i += 1;
    } else {
      lines.push({ mark: '+', text: to[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}

/** At `[i][j]` how many lines `from` after the i-th and `to` after the j-th have in common, in order. */
function commonLengths(from: readonly string[], to: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: from.length + 1 }, () => new Uint32Array(to.length + 1));
  for (let i = from.length - 1; i >= 0; i -= 1) {
    for (let j = to.length - 1; j >= 0; j -= 1) {
      const [row, below] = [lengths[i] as Uint32Array, lengths[i + 1] as Uint32Array];
      row[j] = from[i] === to[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}
