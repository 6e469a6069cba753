import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { SQS } from '@aws-sdk/client-sqs';
import { churn, orderCancelled } from '../../lambdas/agents/churn/agent';
import { support, ticketOpened } from '../../lambdas/agents/support/agent';
import { type DecisionRecord, decisionIdOf } from '../../lambdas/core/agents/decision';
import { createDecisionStore } from '../../lambdas/core/agents/decision-store';
import { decisionPk } from '../../lambdas/core/agents/runs-table';
import { createPublisher, type Publisher } from '../../lambdas/core/events';
import { countDeadLetters, type DeadLetter, type DeadLetterQueues, redrive, withDeadLetters } from '../dead-letters';
import type { PlatformTarget } from '../commands/target';
import { createReviewClient, type ReviewClient } from '../review-client';
import { registerRole, revokeRole } from '../../lambdas/core/administration/role-store';

/** Where the story plays. */
export interface Stage {
  readonly platform: PlatformTarget;
  readonly say: (text: string) => void;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

/** Longer than a message takes to fail five times, and a registry to be looked at again. */
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 250;
/** A gateway looks into its registry again after this long. */
const REGISTRY_MS = 31_000;

const sessionWith = (type: string, detail: string) => [
  { at: '2026-06-01T11:57:00Z', type: 'page_view', detail: '/basket' },
  { at: '2026-06-01T11:58:30Z', type, detail },
];
const order = (id: string, comment: string) => ({
  order_id: id,
  customer_id: 'c-2041',
  total_usd: 79.9,
  cancelled_at: '2026-06-01T12:00:00Z',
  comment,
  session: sessionWith('shipping_cost_shown', '24.90 USD'),
});

/** The agents of a running platform, told of three things: one they act on, one they ask about, and one that they cannot work on at first. */
export class AgentStory {
  static async begin(stage: Stage): Promise<AgentStory> {
    const { connection, parameter } = stage.platform;
    const [bus = '', runsTable = '', registry = ''] = await Promise.all(['event-bus-name', 'runs-table', 'registry-table'].map(parameter));
    const publisher = createPublisher({ client: new EventBridge(connection), bus });
    return new AgentStory(stage, publisher, await createReviewClient(stage.platform), new DynamoDBClient(connection), runsTable, registry);
  }

  private constructor(
    private readonly stage: Stage,
    private readonly publisher: Publisher,
    private readonly reviews: ReviewClient,
    private readonly dynamodb: DynamoDBClient,
    private readonly runsTable: string,
    private readonly registry: string,
  ) {}

  /** @returns the decision that was acted on */
  async actsOnWhatIsPlain(): Promise<DecisionRecord> {
    const { say } = this.stage;
    say('1. An order is cancelled, and the customer says why.');
    const eventId = await this.publisher.publish(orderCancelled, order('o-1001', 'The price at the last step was a shock.'));
    const decision = await this.decisionOn(churn.name, eventId);
    say(`   event ${eventId} → decision ${decision.id}`);
    this.sayDecision(decision);
    this.sayEffects(await this.effectsOf(decision.id, 2));
    return decision;
  }

  /** @returns the decision that a person approved */
  async asksAboutWhatIsNot(): Promise<DecisionRecord> {
    const { say } = this.stage;
    say('\n2. Another order is cancelled; this customer says less.');
    const eventId = await this.publisher.publish(orderCancelled, order('o-1002', 'About the price.'));
    const decision = await this.decisionOn(churn.name, eventId);
    say(`   event ${eventId} → decision ${decision.id}`);
    this.sayDecision(decision);
    const waiting = await this.until(async () => (await this.reviews.list(churn.name)).find(({ id }) => id === decision.id));
    say(`   It waits for a person until ${waiting.expires_at}: blueprint reviews show ${waiting.id} --local`);
    await this.reviews.claim(decision.id);
    const resolved = await this.reviews.resolve(decision.id, { verdict: 'approve', note: 'As I read it, too.' });
    say(`   Approved by ${resolved.resolved_by}; the agent carries on from there:`);
    this.sayEffects(await this.effectsOf(decision.id, 2));
    return decision;
  }

  /** @returns the message that was given up, and the decision that came of it in the end */
  async losesNothing(): Promise<{ readonly letter: DeadLetter; readonly decision: DecisionRecord }> {
    const { say, platform, nowMs } = this.stage;
    const { dynamodb: client, registry: table } = this;
    const queues = await this.deadLettersOf(support.name);
    const roleArn = await platform.parameter(`agent-${support.name}-role`);
    say('\n3. Somebody revokes the role of the support agent by mistake; then a customer asks for help.');
    await revokeRole({ client, table, roleArn, nowMs: nowMs() });
    const before = await countDeadLetters(queues);
    const eventId = await this.publisher.publish(ticketOpened, {
      ticket_id: 't-77',
      subject: 'Charged twice',
      body: 'Hello, the billing page shows two charges of a normal month.',
      plan: 'team',
      opened_at: '2026-06-01T12:00:00Z',
    });
    say(`   event ${eventId}: tried five times, a little later each time …`);
    await this.until(async () => ((await countDeadLetters(queues)) > before ? true : undefined));
    const letter = await this.letterOf(queues, eventId);
    say(`   message ${letter.id} lies in the dead-letter queue: blueprint dlq show ${support.name} --local`);
    say(`   ${letter.failure?.error}: ${letter.failure?.reason}`);
    say('   The role is registered again; the gateway knows within 30 seconds …');
    await registerRole({ client, table, roleArn, tenant: 'demo', name: `agents-${support.name}`, nowMs: nowMs() });
    await sleep(REGISTRY_MS);
    await withDeadLetters(queues, letter.id, (found) => redrive(queues, found));
    say('   Given again (blueprint dlq redrive), and worked on:');
    const decision = await this.decisionOn(support.name, eventId);
    this.sayDecision(decision);
    queues.sqs.destroy();
    return { letter, decision };
  }

  private async deadLettersOf(agent: string): Promise<DeadLetterQueues> {
    const { connection, parameter } = this.stage.platform;
    const [deadLetterUrl = '', queueUrl = ''] = await Promise.all([`agent-${agent}-dead-letters`, `agent-${agent}-queue`].map(parameter));
    return { sqs: new SQS(connection), dynamodb: this.dynamodb, runsTable: this.runsTable, deadLetterUrl, queueUrl };
  }

  private async letterOf(queues: DeadLetterQueues, eventId: string): Promise<DeadLetter> {
    const letters = await withDeadLetters(queues, undefined, async () => false);
    const letter = letters.find(({ body }) => body.includes(eventId));
    if (letter === undefined) throw new Error(`Event ${eventId} is not in the dead-letter queue.`);
    return letter;
  }

  private decisionOn(agent: string, eventId: string): Promise<DecisionRecord> {
    const store = createDecisionStore({ client: this.dynamodb, table: this.runsTable, retentionDays: 1 }, this.stage.nowMs);
    return this.until(() => store.find(decisionIdOf(agent, eventId)));
  }

  /** Those that are done, when there are so many. */
  private effectsOf(decisionId: string, count: number): Promise<readonly string[]> {
    return this.until(async () => {
      const { Items = [] } = await this.dynamodb.send(
        new QueryCommand({
          TableName: this.runsTable,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :effect)',
          ExpressionAttributeValues: { ':pk': { S: decisionPk(decisionId) }, ':effect': { S: 'EFFECT#' } },
        }),
      );
      const done = Items.filter(({ state }) => state?.S === 'done').map(({ effect, input }) => `${effect?.S} ${input?.S}`);
      return done.length === count ? done : undefined;
    });
  }

  private sayDecision({ prediction, confidence, course, callId, model }: DecisionRecord): void {
    const { reasoning: _reasoning, confidence: _confidence, ...answer } = prediction;
    const follows = { record: 'recorded only', review: 'too unsure to act', act: 'sure enough to act' }[course];
    this.stage.say(`   ${JSON.stringify(answer)}, confidence ${confidence}: ${follows}. By ${model}; why: GET /v1/calls/${callId}`);
  }

  private sayEffects(effects: readonly string[]): void {
    for (const effect of effects) this.stage.say(`   → ${effect}`);
  }

  private async until<T>(find: () => Promise<T | undefined>): Promise<T> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
      const found = await find();
      if (found !== undefined) return found;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error(`Nothing happened for ${PATIENCE_MS / 1000} seconds; see the lines of npm start.`);
  }
}
