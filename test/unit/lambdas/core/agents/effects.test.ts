import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EffectPort, EffectRequest } from '../../../../../lambdas/core/agents/effect';
import { createEffectLedger } from '../../../../../lambdas/core/agents/effect-ledger';
import { EffectRefusedError, EffectUnknownError } from '../../../../../lambdas/core/agents/errors';
import { type EffectLedger, performEffects } from '../../../../../lambdas/core/agents/perform-effects';
import { Harness } from '../../../local/services/dynamodb/harness';
import { runsTable } from './support/runs-table';

/** What is written, asked for and taken back around one effect, in which order; and the ledger on the real store. */

let dynamodb: Harness;
beforeAll(async () => {
  dynamodb = await Harness.start({ tables: [runsTable] });
});
afterAll(() => dynamodb.stop());

function requestOf(effect = 'note', decisionId: string = randomUUID()): EffectRequest {
  return { key: `${decisionId}/${effect}`, decisionId, agent: 'tester', effect, input: { text: 'hello' } };
}

const ledgerOf = (client: Pick<DynamoDBClient, 'send'> = dynamodb.client): EffectLedger =>
  createEffectLedger({ client: client as DynamoDBClient, table: runsTable.name, retentionDays: 1 }, () => 1_000);

/** Everything that happens, in order. */
function watched(repeatable: EffectPort['repeatable'], outcome: () => Promise<void> = async () => undefined) {
  const happened: string[] = [];
  const kept = ledgerOf();
  const ledger: EffectLedger = {
    ask: async (request) => {
      const before = await kept.ask(request);
      happened.push(`ask ${request.effect}: ${before}`);
      return before;
    },
    done: async (request) => {
      await kept.done(request);
      happened.push(`done ${request.effect}`);
    },
    refuse: async (request) => {
      await kept.refuse(request);
      happened.push(`refuse ${request.effect}`);
    },
  };
  const port: EffectPort = {
    repeatable,
    perform: async ({ effect }) => {
      happened.push(`perform ${effect}`);
      await outcome();
    },
  };
  return { happened, perform: (...requests: EffectRequest[]) => performEffects(requests, { note: port, letter: port }, ledger) };
}

test.each(['once', 'by-key'] as const)('%s: noted before it is asked for, and after it is done; then never again', async (repeatable) => {
  const request = requestOf();
  const { happened, perform } = watched(repeatable);
  expect(await perform(request)).toBe(1);
  expect(happened).toEqual(['ask note: new', 'perform note', 'done note']);
  expect(await perform(request)).toBe(0);
  expect(happened.slice(3)).toEqual(['ask note: done']);
});

test('an attempt that died after asking: known by its key it is asked for again, else nobody asks', async () => {
  const [known, unknown] = [requestOf(), requestOf()];
  await ledgerOf().ask(known);
  await ledgerOf().ask(unknown);
  const byKey = watched('by-key');
  expect(await byKey.perform(known)).toBe(1);
  expect(byKey.happened).toEqual(['ask note: asked', 'perform note', 'done note']);
  const once = watched('once');
  await expect(once.perform(unknown)).rejects.toThrow(EffectUnknownError);
  await expect(once.perform(unknown)).rejects.toThrow(EffectUnknownError);
  expect(once.happened).toEqual(['ask note: asked', 'ask note: asked']);
});

test('a refusal is taken back, and asked for again', async () => {
  const request = requestOf();
  const refusing = watched('once', () => Promise.reject(new EffectRefusedError('Not now.')));
  await expect(refusing.perform(request)).rejects.toThrow('Not now.');
  expect(refusing.happened).toEqual(['ask note: new', 'perform note', 'refuse note']);
  expect(await watched('once').perform(request)).toBe(1);
});

test('a refusal of what was asked for before is not taken back: the attempt before may have been the one that worked', async () => {
  const request = requestOf();
  await ledgerOf().ask(request);
  const refusing = watched('by-key', () => Promise.reject(new EffectRefusedError('Not again.')));
  await expect(refusing.perform(request)).rejects.toThrow('Not again.');
  expect(refusing.happened).toEqual(['ask note: asked', 'perform note']);
  await expect(watched('once').perform(request)).rejects.toThrow(EffectUnknownError);
});

test('any other failure leaves it asked for', async () => {
  const request = requestOf();
  const failing = watched('once', () => Promise.reject(new Error('The wire broke.')));
  await expect(failing.perform(request)).rejects.toThrow('The wire broke.');
  expect(failing.happened).toEqual(['ask note: new', 'perform note']);
  await expect(watched('once').perform(request)).rejects.toThrow(EffectUnknownError);
});

test('those after one that fails are not asked for', async () => {
  const { happened, perform } = watched('by-key', () => Promise.reject(new Error('The wire broke.')));
  await expect(perform(requestOf('note'), requestOf('letter'))).rejects.toThrow('The wire broke.');
  expect(happened).toEqual(['ask note: new', 'perform note']);
});

test.each(['fax', 'toString', '__proto__'])('an effect without a port is not noted: %s', async (effect) => {
  const { happened, perform } = watched('once');
  await expect(perform(requestOf(effect))).rejects.toThrow(`There is no port for effect "${effect}"`);
  expect(happened).toEqual([]);
});

describe('the ledger', () => {
  test('of many that ask at once, one is the first', async () => {
    const request = requestOf();
    const told = await Promise.all(Array.from({ length: 10 }, () => ledgerOf().ask(request)));
    expect(told.toSorted()).toEqual([...Array.from({ length: 9 }, () => 'asked'), 'new']);
  });

  test('a write that is sent again is still the first', async () => {
    const twice = { send: async (command: never) => (await dynamodb.client.send(command), dynamodb.client.send(command)) };
    expect(await ledgerOf(twice as unknown as DynamoDBClient).ask(requestOf())).toBe('new');
  });

  test('tells effects of a decision apart, and decisions', async () => {
    const { decisionId } = requestOf();
    for (const request of [requestOf('note', decisionId), requestOf('note/2', decisionId), requestOf('letter', decisionId), requestOf()]) {
      expect(await ledgerOf().ask(request)).toBe('new');
    }
  });
});
