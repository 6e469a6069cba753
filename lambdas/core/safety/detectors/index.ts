import { kinds } from '../kinds';
import type { Kind } from '../kinds';
import { address } from './address';
import { card } from './card';
import type { Detector } from './detector';
import { email } from './email';
import { iban } from './iban';
import { ip } from './ip';
import { nationalIds } from './national-ids';
import { person } from './person';
import { phone } from './phone';
import { privateKey } from './private-key';
import { secret } from './secret';
import { apiToken, awsKey, jwt } from './tokens';

const byKind = new Map<Kind, Detector>(
  [email, phone, person, address, card, iban, ip, ...nationalIds, awsKey, apiToken, jwt, privateKey, secret].map((detector) => [
    detector.kind,
    detector,
  ]),
);

/** One for each kind, in the order of the kinds. */
export const detectors: readonly Detector[] = kinds.map((kind) => {
  const detector = byKind.get(kind);
  if (detector === undefined) throw new Error(`The kind ${kind} has no detector.`);
  return detector;
});
