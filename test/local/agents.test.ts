import { EventBridge } from '@aws-sdk/client-eventbridge';
import { seedAgentRoles } from '../../bin/local/gateways';
import { churn, orderCancelled } from '../../lambdas/agents/churn/agent';
import { decisionIdOf } from '../../lambdas/core/agents/decision';
import { createDecisionStore } from '../../lambdas/core/agents/decision-store';
import { createPublisher, type Publisher } from '../../lambdas/core/events';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** The agents of the package in the platform as it would be deployed: from the bus to their effects. */

let platform: TestPlatform;
let publisher: Publisher;

beforeAll(async () => {
  platform = await startPlatform();
  const { emulator } = platform;
  await seedAgentRoles(emulator, emulator.output('RegistryTable'));
  const client = new EventBridge({
    endpoint: emulator.world.endpoint.url,
    region: emulator.world.region,
    credentials: emulator.administrator,
  });
  publisher = createPublisher({ client, bus: emulator.output('EventBusName') });
}, 60_000);
afterAll(() => platform.stop());

async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `It did not come: ${JSON.stringify(platform.logs().slice(-5))} ${JSON.stringify(platform.events.filter(({ kind }) => kind === 'denied'))}`,
  );
}

test('an event on the bus becomes a decision that the audit trail explains', async () => {
  const data = {
    order_id: 'o-1',
    customer_id: 'c-1',
    total_usd: 80,
    cancelled_at: '2026-06-01T12:00:00Z',
    comment: 'A price shock at the last step.',
    session: [{ at: '2026-06-01T11:59:00Z', type: 'shipping_cost_shown', detail: '24 USD' }],
  };
  const id = await publisher.publish(orderCancelled, data);
  const runs = { client: platform.dynamodb, table: platform.emulator.output('RunsTable'), retentionDays: 1 };
  const decision = await until(() => createDecisionStore(runs, Date.now).find(decisionIdOf(churn.name, id)));
  expect(decision).toMatchObject({ prediction: { reason: 'price_shock' }, course: 'act', autonomy: 'act' });
});
