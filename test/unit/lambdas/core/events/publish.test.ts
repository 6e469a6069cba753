import * as fc from 'fast-check';
import * as z from 'zod';
import { createPublisher, defineEvent, InvalidEventError, PublishError, type PutEventsClient } from '../../../../../lambdas/core/events';

const noted = defineEvent({ name: 'crm.noted', version: 1, owner: 'crm', data: z.strictObject({ text: z.string() }) });

type Requested = Parameters<PutEventsClient['putEvents']>[0]['Entries'];
type Answer = Awaited<ReturnType<PutEventsClient['putEvents']>>;

/** A client that keeps what it was asked, and answers as a test says; events are taken when it says nothing. */
function bus(answer: (entries: Requested, request: number) => Answer | undefined = () => undefined) {
  const requests: Requested[] = [];
  const waits: number[] = [];
  const client: PutEventsClient = {
    putEvents: async ({ Entries }) => {
      requests.push(Entries);
      return answer(Entries, requests.length) ?? { Entries: Entries.map(() => ({})) };
    },
  };
  const publisher = createPublisher({ client, bus: 'events', wait: async (ms) => waits.push(ms), random: () => 0.5 });
  return { requests, waits, publisher };
}

const idsOf = (entries: Requested) => entries.map(({ Detail }) => (JSON.parse(Detail) as { id: string }).id);
const events = (count: number, text = 'x') =>
  Array.from({ length: count }, (_, index) => ({ contract: noted, data: { text }, id: `e${index}` }));

test('an event goes by its contract, with its id', async () => {
  const { publisher, requests } = bus();
  expect(await publisher.publish(noted, { text: 'hello' }, { id: 'n-1' })).toBe('n-1');
  const Detail = '{"id":"n-1","version":1,"data":{"text":"hello"}}';
  expect(requests).toEqual([[{ EventBusName: 'events', Source: 'crm', DetailType: 'crm.noted', Detail }]]);
});

test('without an id each event gets its own', async () => {
  const { publisher } = bus();
  const ids = [await publisher.publish(noted, { text: 'a' }), await publisher.publish(noted, { text: 'a' })];
  expect(new Set(ids).size).toBe(2);
});

describe('nothing is sent when one of the events', () => {
  test.each([
    ['has a field too many', { text: 'x', more: 1 }, 'e', 'invalid_detail', 'Unrecognized key: "more"'],
    ['lacks one', {}, 'e', 'invalid_detail', 'data.text: Invalid input: expected string, received undefined'],
    ['has an id that is none', { text: 'x' }, 'a b', 'invalid_detail', 'id: '],
    [
      'is longer than what can be delivered',
      { text: 'x'.repeat(1_048_576) },
      'e',
      'too_large',
      'bytes with its envelope; 1048576 can be delivered',
    ],
  ])('%s', async (_what, data, id, reason, message) => {
    const { publisher, requests } = bus();
    const all = publisher.publishAll([...events(1), { contract: noted, data, id }]);
    await expect(all).rejects.toThrow(InvalidEventError);
    await expect(all).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(requests).toEqual([]);
  });
});

describe('requests', () => {
  test('hold ten events and a mebibyte at most, every event once, in order', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 900_000 }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const { publisher, requests } = bus();
        const ids = await publisher.publishAll(
          lengths.map((length, index) => ({ contract: noted, data: { text: 'x'.repeat(length) }, id: `e${index}` })),
        );
        expect(requests.flatMap(idsOf)).toEqual(ids);
        for (const request of requests) {
          expect(request.length).toBeLessThanOrEqual(10);
          expect(request.reduce((sum, { Detail }) => sum + Detail.length + 12, 0)).toBeLessThanOrEqual(1_048_576);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('of many small events are as few as can be', async () => {
    const { publisher, requests } = bus();
    await publisher.publishAll(events(21));
    expect(requests.map(({ length }) => length)).toEqual([10, 10, 1]);
  });

  test('there is none without events', async () => {
    const { publisher, requests } = bus();
    expect(await publisher.publishAll([])).toEqual([]);
    expect(requests).toEqual([]);
  });
});

describe('events that the bus did not take', () => {
  const throttled = { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };

  test('for a moment are sent again, by themselves and with the same ids', async () => {
    const { publisher, requests, waits } = bus((entries, request) => ({
      Entries: entries.map((_, index) => (request < 3 && index % 2 === 1 ? throttled : {})),
    }));
    expect(await publisher.publishAll(events(5))).toHaveLength(5);
    expect(requests.map(idsOf)).toEqual([['e0', 'e1', 'e2', 'e3', 'e4'], ['e1', 'e3'], ['e3']]);
    expect(waits).toEqual([50, 100]);
  });

  test('are given up after five times, and named', async () => {
    const { publisher, requests } = bus((entries) => ({ Entries: entries.map(() => throttled) }));
    const published = publisher.publishAll(events(2));
    await expect(published).rejects.toThrow("2 of 2 events were not published; the first is 'crm.noted' e0: ThrottlingException slow down");
    expect(requests).toHaveLength(5);
  });

  test('for good are not sent again; the others are', async () => {
    const { publisher, requests } = bus((entries, request) => ({
      Entries: entries.map((_, index) => (request > 1 ? {} : index === 0 ? { ErrorCode: 'NotAuthorizedForSourceException' } : throttled)),
    }));
    const error = await publisher.publishAll(events(2)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PublishError);
    expect((error as PublishError).failed).toEqual([{ id: 'e0', name: 'crm.noted', code: 'NotAuthorizedForSourceException', message: '' }]);
    expect(requests.map(idsOf)).toEqual([['e0', 'e1'], ['e1']]);
  });

  test('or of which it said nothing, are sent again', async () => {
    const { publisher, requests } = bus((_entries, request) => (request === 1 ? { Entries: [{}] } : undefined));
    await publisher.publishAll(events(2));
    expect(requests.map(idsOf)).toEqual([['e0', 'e1'], ['e1']]);
  });

  test('since a request failed, are named, with those that were not sent after it', async () => {
    const cause = new TypeError('no connection');
    const { publisher, requests } = bus((_entries, request) => {
      if (request === 2) throw cause;
      return undefined;
    });
    const error = await publisher.publishAll(events(21)).catch((reason: unknown) => reason);
    expect(requests).toHaveLength(2);
    expect((error as PublishError).cause).toBe(cause);
    expect((error as PublishError).failed.map(({ id, code }) => `${id} ${code}`)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `e${index + 10} TypeError`),
      'e20 NotSent',
    ]);
  });
});
