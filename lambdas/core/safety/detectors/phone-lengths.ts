interface Lengths {
  readonly min: number;
  readonly max: number;
}

/**
 * Digits of a number after its country's calling code, as national plans filed with the ITU have them (E.164 allows 15 with the code). Each
 * line: least, most, codes.
 */
const PLANS = `
10 10 1 52 58 225 229
8 10 20 60 378 506 850 855 856 964 970 976
9 10 7 44 84 243 254 263 353 380 966 996
7 10 95 230 267 372 880 960
10 11 54 86
6 10 48 53 91
6 12 39 46 61 359 358 381 971 972
6 11 43 49 81 82 30 66 90
8 11 32 55 56 57 62 65 502 504 593 598 977
8 9 36 41 51 213 224 233 237 250 258 264 268 377 382 387 420 591 962 963
9 9 31 33 34 93 94 211 212 218 221 240 242 244 249 251 255 256 260 261 262 351 590 594 596 992 994 995 998
8 8 45 216 222 223 226 227 228 232 235 236 253 257 266 350 356 357 370 371 373 374 389 505 509 973 993
6 9 27 40 64 63 252 355 376 421 508 681 685 689 386 47
8 12 92 234 383
8 10 98
7 9 220 231 245 265 354 385 423 852 967 968 375 595 352
7 7 238 239 246 248 269 291 297 592 673 674 680 691 692
7 8 241 599 670 675 853 961 965 975
5 7 247 298 299 500 597 672 676 677 678 682 683 686 687 688 690
4 5 290
7 11 501 503 507 679 800 808 870 878 881 882 883 886 888 974 979
`;

const LENGTHS: ReadonlyMap<string, Lengths> = new Map(
  PLANS.trim()
    .split('\n')
    .flatMap((line) => {
      const [min, max, ...codes] = line.split(' ');
      return codes.map((code) => [code, { min: Number(min), max: Number(max) }] as const);
    }),
);

/** How many digits may follow the calling code that the digits begin with; undefined for no code. No code is the beginning of another. */
export function lengthsOf(digits: string): (Lengths & { readonly codeDigits: number }) | undefined {
  for (const codeDigits of [1, 2, 3]) {
    const lengths = LENGTHS.get(digits.slice(0, codeDigits));
    if (lengths !== undefined) return { ...lengths, codeDigits };
  }
  return undefined;
}
