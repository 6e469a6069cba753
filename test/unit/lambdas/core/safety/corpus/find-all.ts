import { detectors } from '../../../../../../lambdas/core/safety/detectors';
import type { Match } from '../../../../../../lambdas/core/safety/detectors/detector';
import { kindFinders, Scanner, toMatch } from '../../../../../../lambdas/core/safety/scanner';
import { TextWindow } from '../../../../../../lambdas/core/safety/text/text-window';

const scanner = new Scanner(kindFinders(detectors));

/** What all detectors find in a text. */
export function findAll(text: string): readonly Match[] {
  const matches: Match[] = [];
  scanner.scan(TextWindow.whole(text), 0, (found) => {
    matches.push(toMatch(found));
  });
  return matches;
}
