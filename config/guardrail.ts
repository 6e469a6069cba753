import * as z from 'zod';

/** Kinds of personal data that a guardrail of Bedrock knows, in small letters. */
const entities = [
  'address',
  'age',
  'aws_access_key',
  'aws_secret_key',
  'ca_health_number',
  'ca_social_insurance_number',
  'credit_debit_card_cvv',
  'credit_debit_card_expiry',
  'credit_debit_card_number',
  'driver_id',
  'email',
  'international_bank_account_number',
  'ip_address',
  'license_plate',
  'mac_address',
  'name',
  'password',
  'phone',
  'pin',
  'swift_code',
  'uk_national_health_service_number',
  'uk_national_insurance_number',
  'uk_unique_taxpayer_reference_number',
  'url',
  'username',
  'us_bank_account_number',
  'us_bank_routing_number',
  'us_individual_tax_identification_number',
  'us_passport_number',
  'us_social_security_number',
  'vehicle_identification_number',
] as const;

const strength = z.enum(['none', 'low', 'medium', 'high']);
const action = z.enum(['redact', 'block']);
/** Topics and patterns are told of by their names. */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/)
  .describe('1 to 63 lower-case letters, digits or hyphens, starting with a letter');

/** What the environment's guardrail of Bedrock looks for, within AWS's limits. Which policies want it, and where, is `managed` of each. */
export const guardrailConfig = z
  .strictObject({
    /** Absent: not looked for. */
    contentFilters: z
      .strictObject({
        hate: strength.optional(),
        insults: strength.optional(),
        sexual: strength.optional(),
        violence: strength.optional(),
        misconduct: strength.optional(),
        'prompt-attack': strength.optional(),
      })
      .optional(),
    deniedTopics: z
      .array(
        z.strictObject({ name, definition: z.string().min(1).max(200), examples: z.array(z.string().min(1).max(100)).max(5).optional() }),
      )
      .max(30)
      .optional(),
    words: z
      .strictObject({ phrases: z.array(z.string().min(1).max(100)).max(10_000).optional(), profanity: z.boolean().optional() })
      .optional(),
    sensitive: z
      .strictObject({
        entities: z.partialRecord(z.enum(entities), action).optional(),
        patterns: z
          .array(z.strictObject({ name, pattern: z.string().min(1).max(500), action }))
          .max(10)
          .optional(),
      })
      .optional(),
  })
  .refine((policy) => Object.values(policy).some((part) => part !== undefined && hasAnything(part)), {
    error: 'looks for nothing; name content filters, denied topics, words or sensitive data',
  });

function hasAnything(part: unknown): boolean {
  if (part === true || typeof part === 'string') return true;
  return typeof part === 'object' && part !== null && Object.values(part).some(hasAnything);
}
