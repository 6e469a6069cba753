import { setImmediate as tick } from 'node:timers/promises';
import { Engine } from '../../../../../local/services/dynamodb/engine';
import { KeyLock } from '../../../../../local/services/dynamodb/key-lock';
import { writeItems } from '../../../../../local/services/dynamodb/write-item';
import { ACCOUNT, counterTable, REGION } from './harness';

describe('KeyLock', () => {
  test('runs one at a time per key, in order, and the rest side by side', async () => {
    const locks = new KeyLock();
    const log: string[] = [];
    const work = (name: string, ticks: number) => async () => {
      log.push(`${name} starts`);
      for (let count = 0; count < ticks; count++) await tick();
      log.push(`${name} ends`);
    };
    await Promise.all([
      locks.run(['a'], work('first', 9)),
      locks.run(['a', 'b'], work('second', 3)),
      locks.run(['b'], work('third', 1)),
      locks.run(['c'], work('other', 1)),
      locks.run([], work('free', 1)),
    ]);
    expect(log.filter((entry) => !/other|free/.test(entry))).toEqual([
      'first starts',
      'first ends',
      'second starts',
      'second ends',
      'third starts',
      'third ends',
    ]);
    expect(log.indexOf('other ends')).toBeLessThan(log.indexOf('first ends'));
    expect(log.indexOf('free ends')).toBeLessThan(log.indexOf('first ends'));
  });

  test('keys in opposite orders do not wait for each other, and a failure releases its keys', async () => {
    const locks = new KeyLock();
    const failing = locks.run(['a', 'b'], () => Promise.reject(new Error('no')));
    const next = locks.run(['b', 'a'], () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });
});

test('no other write comes between a failed condition and the reading of its item', async () => {
  const engine = await Engine.open({ accountId: ACCOUNT, region: REGION });
  await engine.ensureTable(counterTable);
  // The real engine, made slow where another write could slip in.
  const slow = {
    prepare: engine.prepare.bind(engine),
    run: engine.run.bind(engine),
    call: async (...call: Parameters<Engine['call']>) => {
      for (let count = 0; count < 100; count++) await tick();
      return engine.call(...call);
    },
  } as unknown as Engine;
  const store = { engine: slow, locks: new KeyLock() };
  const table = { name: counterTable.name, arn: 'arn', definition: counterTable };
  const put = (id: string, state: string, condition = {}) => {
    const request = engine.prepare('PutItem', { TableName: counterTable.name, Item: { id: { N: id }, state: { S: state } }, ...condition });
    return writeItems(store, request, [{ table, items: [request.members.Item as { id: { N: string } }] }], { returnItem: true });
  };
  await put('7', 'before');
  const refused = put('7', 'mine', { ConditionExpression: 'attribute_not_exists(id)' });
  // Another spelling of the same number.
  const other = put('7.0', 'after');
  await expect(refused).rejects.toMatchObject({ code: 'ConditionalCheckFailedException', members: { Item: { state: { S: 'before' } } } });
  await other;
  await engine.close();
});
