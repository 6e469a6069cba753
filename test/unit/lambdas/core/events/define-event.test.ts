import * as fc from 'fast-check';
import * as z from 'zod';
import { defineEvent, type EventDefinition, InvalidEventError, readEvent } from '../../../../../lambdas/core/events';

const overdue = defineEvent({
  name: 'billing.invoice-overdue',
  version: 2,
  owner: 'billing',
  description: 'An invoice was not paid in time.',
  data: z.strictObject({ customer: z.string(), amountMicroUsd: z.int().min(1), lines: z.array(z.strictObject({ sku: z.string() })) }),
});
const DATA = { customer: 'c-1', amountMicroUsd: 5, lines: [{ sku: 'x' }] };
const EVENT = {
  version: '0',
  id: 'of the bus',
  'detail-type': 'billing.invoice-overdue',
  source: 'billing',
  account: '111122223333',
  time: '2026-11-21T08:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { id: 'inv-1', version: 2, data: DATA },
};

describe('a contract', () => {
  test('is published as JSON Schema, in which nothing is left open', () => {
    expect(overdue.jsonSchema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'billing.invoice-overdue.v2',
      title: 'billing.invoice-overdue, version 2',
      description: 'An invoice was not paid in time.',
      type: 'object',
      required: ['id', 'version', 'data'],
      additionalProperties: false,
      properties: {
        version: { const: 2 },
        data: {
          required: ['customer', 'amountMicroUsd', 'lines'],
          additionalProperties: false,
          properties: { lines: { items: { additionalProperties: false } } },
        },
      },
    });
  });

  const define = (more: Partial<EventDefinition<z.ZodObject>>) =>
    defineEvent({ name: 'a.b', version: 1, owner: 'team', data: z.strictObject({}), ...more });

  test.each([
    [{ name: 'Invoice Overdue' }, "its name is 'Invoice Overdue'"],
    [{ name: 'a..b' }, "its name is 'a..b'"],
    [{ name: 'a'.repeat(129) }, 'use up to 128'],
    [{ owner: '' }, "its owner is ''"],
    [{ owner: 'aws.mine' }, "sources that begin with 'aws' are AWS's own"],
    [{ version: 0 }, 'its version is 0; use a whole number from 1.'],
    [{ version: 1.5 }, 'its version is 1.5'],
    [{ version: Number.NaN }, 'its version is NaN'],
    [{ data: z.object({ a: z.string() }) }, "'detail.data' takes fields that nobody knows; make it a z.strictObject."],
    [{ data: z.strictObject({ list: z.array(z.object({ a: z.string() })) }) }, "'detail.data.list[]' takes fields"],
    [{ data: z.strictObject({ one: z.union([z.string(), z.looseObject({ a: z.string() })]) }) }, "'detail.data.one' takes fields"],
    [{ data: z.strictObject({ map: z.record(z.string(), z.object({ a: z.string() })) }) }, "'detail.data.map.*' takes fields"],
    [{ data: z.strictObject({ at: z.date() }) }, 'its data cannot be written as JSON Schema'],
    [{ data: z.strictObject({ n: z.string().transform(Number) }) }, 'no transforms'],
  ])('%# is refused with the reason', (more, reason) => {
    expect(() => define(more as Partial<EventDefinition<z.ZodObject>>)).toThrow(reason);
  });
});

describe('reading', () => {
  test.each([
    ['as EventBridge hands it to a function', EVENT],
    ['as a queue holds it', JSON.stringify(EVENT)],
  ])('an event %s', (_what, body) => {
    expect(readEvent(overdue, body)).toEqual({
      id: 'inv-1',
      name: 'billing.invoice-overdue',
      version: 2,
      source: 'billing',
      time: '2026-11-21T08:00:00Z',
      data: DATA,
    });
  });

  const withDetail = (detail: object) => ({ ...EVENT, detail: { ...EVENT.detail, ...detail } });
  const withData = (data: object) => withDetail({ data: { ...DATA, ...data } });

  test.each<[reason: string, body: unknown, message: string]>([
    ['not_json', '{', 'The body is not JSON.'],
    ['not_json', '', 'The body is not JSON.'],
    ['not_an_event', 'null', 'This is no event of EventBridge: the event: '],
    ['not_an_event', [], 'This is no event of EventBridge'],
    ['not_an_event', { ...EVENT, source: 1 }, 'source: Invalid input: expected string, received number'],
    ['not_an_event', { ...EVENT, detail: 'text' }, 'detail: '],
    [
      'other_event',
      { ...EVENT, 'detail-type': 'billing.paid' },
      "the event 'billing.paid' of 'billing'; 'billing.invoice-overdue' of 'billing' was",
    ],
    ['other_event', { ...EVENT, source: 'elsewhere' }, "of 'elsewhere'"],
    ['unknown_version', withDetail({ version: 3 }), "The event 'billing.invoice-overdue' is of version 3; version 2 is read."],
    ['invalid_detail', withDetail({ version: '2' }), 'version: '],
    ['invalid_detail', withDetail({ version: undefined }), 'version: '],
    ['invalid_detail', withDetail({ id: '' }), 'id: '],
    ['invalid_detail', withDetail({ id: 'with space' }), 'id: '],
    ['invalid_detail', withDetail({ more: 1 }), 'Unrecognized key: "more"'],
    ['invalid_detail', withData({ customer: undefined }), 'data.customer: Invalid input: expected string, received undefined'],
    ['invalid_detail', withData({ amountMicroUsd: '5' }), 'data.amountMicroUsd: Invalid input: expected number, received string'],
    ['invalid_detail', withData({ lines: [{ sku: 'x', price: 1 }] }), 'data.lines.0: Unrecognized key: "price"'],
  ])('%s: %j', (reason, body, message) => {
    const error = thrownBy(() => readEvent(overdue, body));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  test('whatever comes is read or refused, and a reason holds no values', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: false }), (value) => {
        for (const body of [value, withDetail({ data: value }), JSON.stringify(value)]) {
          const error = thrownBy(() => readEvent(overdue, body));
          expect(error === undefined || error instanceof InvalidEventError).toBe(true);
        }
      }),
    );
    const secret = thrownBy(() => readEvent(overdue, withData({ amountMicroUsd: 'secret-value', lines: 'secret-value' })));
    expect((secret as Error).message).not.toContain('secret-value');
  });

  test('a long list of problems is told in part', () => {
    const lines = Array.from({ length: 9 }, () => ({ sku: 1 }));
    expect(String(thrownBy(() => readEvent(overdue, withData({ lines }))))).toMatch(/data\.lines\.4\.sku: .*; and 4 more$/);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
