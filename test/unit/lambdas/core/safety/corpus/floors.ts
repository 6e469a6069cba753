import type { Kind } from '../../../../../../lambdas/core/safety/kinds';

/** What of a kind must be found, and what of the finds must be right, on the generated samples: shares from 0 to 1. */
interface Floor {
  readonly recall: number;
  readonly precision: number;
}

const NUMBER_WITH_CHECK: Floor = { recall: 0.98, precision: 0.98 };

/**
 * Names are lower: a rule sees them where people introduce, address or sign themselves, and every eighth sample only mentions one. Phones and
 * secrets have forms that say nothing of what they are.
 */
export const floors: Readonly<Record<Kind, Floor>> = {
  email: { recall: 0.99, precision: 0.99 },
  phone: { recall: 0.95, precision: 0.97 },
  person: { recall: 0.85, precision: 0.95 },
  address: { recall: 0.95, precision: 0.95 },
  card: NUMBER_WITH_CHECK,
  iban: NUMBER_WITH_CHECK,
  ip: { recall: 0.99, precision: 0.98 },
  br_cpf: NUMBER_WITH_CHECK,
  ca_sin: NUMBER_WITH_CHECK,
  ch_ahv: NUMBER_WITH_CHECK,
  cn_resident_id: NUMBER_WITH_CHECK,
  de_tax_id: NUMBER_WITH_CHECK,
  es_dni: NUMBER_WITH_CHECK,
  fr_nir: NUMBER_WITH_CHECK,
  in_aadhaar: NUMBER_WITH_CHECK,
  it_codice_fiscale: NUMBER_WITH_CHECK,
  kr_rrn: NUMBER_WITH_CHECK,
  nl_bsn: NUMBER_WITH_CHECK,
  pl_pesel: NUMBER_WITH_CHECK,
  se_personnummer: NUMBER_WITH_CHECK,
  uk_nino: NUMBER_WITH_CHECK,
  us_ssn: NUMBER_WITH_CHECK,
  aws_key: { recall: 0.99, precision: 0.99 },
  api_token: { recall: 0.99, precision: 0.99 },
  jwt: { recall: 0.99, precision: 0.99 },
  private_key: { recall: 0.99, precision: 0.99 },
  secret: { recall: 0.95, precision: 0.95 },
};

/** Of texts in which there is nothing, the share in which something may be found. */
export const BENIGN_CEILING = 0.01;
