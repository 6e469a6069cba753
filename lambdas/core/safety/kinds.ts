/** What the detectors find, each by its name in policies, verdicts and metrics. */
export const nationalIdKinds = [
  'br_cpf',
  'ca_sin',
  'ch_ahv',
  'cn_resident_id',
  'de_tax_id',
  'es_dni',
  'fr_nir',
  'in_aadhaar',
  'it_codice_fiscale',
  'kr_rrn',
  'nl_bsn',
  'pl_pesel',
  'se_personnummer',
  'uk_nino',
  'us_ssn',
] as const;

export const kinds = [
  'email',
  'phone',
  'person',
  'address',
  'card',
  'iban',
  'ip',
  ...nationalIdKinds,
  'aws_key',
  'api_token',
  'jwt',
  'private_key',
  'secret',
] as const;

export type Kind = (typeof kinds)[number];

/** Names for several kinds at once, for policies. */
export const kindGroups = {
  contact: ['email', 'phone', 'person', 'address'],
  financial: ['card', 'iban'],
  national_id: nationalIdKinds,
  secrets: ['aws_key', 'api_token', 'jwt', 'private_key', 'secret'],
} as const satisfies Record<string, readonly Kind[]>;

export type KindGroup = keyof typeof kindGroups;
