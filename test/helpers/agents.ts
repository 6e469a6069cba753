import { EventBridge } from '@aws-sdk/client-eventbridge';
import { seedAgentRoles } from '../../bin/local/gateways';
import { seedPrompts } from '../../bin/local/seed-prompts';
import { PACKAGED_PROMPTS } from '../../bin/packaged';
import { createSignedFetch } from '../../client';
import { churn } from '../../lambdas/agents/churn/agent';
import { deploys } from '../../lambdas/agents/deploys/agent';
import { documents } from '../../lambdas/agents/documents/agent';
import { support } from '../../lambdas/agents/support/agent';
import type { Agent } from '../../lambdas/core/agents';
import { type DecisionRecord, decisionIdOf } from '../../lambdas/core/agents/decision';
import { createDecisionStore } from '../../lambdas/core/agents/decision-store';
import type { RunsTable } from '../../lambdas/core/agents/runs-table';
import { createPublisher, type Publisher } from '../../lambdas/core/events';
import { sampleEvents } from './sample-events';
import type { TestPlatform } from './platform';

/** The agents of a platform that a suite has started. */
export class TestAgents {
  static readonly all: readonly Agent[] = [churn, documents, support, deploys];

  static async of(platform: TestPlatform): Promise<TestAgents> {
    const { emulator } = platform;
    const registry = emulator.output('RegistryTable');
    await seedAgentRoles(emulator, registry);
    await seedPrompts(emulator, registry, [PACKAGED_PROMPTS], refuse);
    return new TestAgents(platform);
  }

  /** Of a platform that has been given neither roles nor prompts for them. */
  static without(platform: TestPlatform): TestAgents {
    return new TestAgents(platform);
  }

  readonly publisher: Publisher;
  readonly runs: RunsTable;
  private readonly eventBridge: EventBridge;

  private constructor(private readonly platform: TestPlatform) {
    const { world, administrator } = platform.emulator;
    this.eventBridge = new EventBridge({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
    this.publisher = createPublisher({ client: this.eventBridge, bus: platform.emulator.output('EventBusName') });
    this.runs = { client: platform.dynamodb, table: platform.emulator.output('RunsTable'), retentionDays: 1 };
  }

  /** Publishes the first sample event of an agent that is plain. @returns the event's id */
  publish(agent: Agent): Promise<string> {
    return this.publisher.publish(agent.event, sampleEvents[agent.name as keyof typeof sampleEvents][0].data);
  }

  /** Something of its event that is not what the contract says. */
  async publishUnreadable({ event }: Agent): Promise<void> {
    const detail = JSON.stringify({ id: 'unreadable', version: event.version, data: {} });
    const entry = {
      EventBusName: this.platform.emulator.output('EventBusName'),
      Source: event.owner,
      DetailType: event.name,
      Detail: detail,
    };
    await this.eventBridge.putEvents({ Entries: [entry] });
  }

  decision(agent: Agent, eventId: string): Promise<DecisionRecord | undefined> {
    return createDecisionStore(this.runs, Date.now).find(decisionIdOf(agent.name, eventId));
  }

  /** Asks the reviews' API as the administrator. */
  review(path: string, body?: object): Promise<Response> {
    const { emulator, url } = this.platform;
    const signed = createSignedFetch({ region: emulator.world.region, credentials: emulator.administrator });
    return signed(`${url}/iam/v1/reviews${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  }

  close(): void {
    this.eventBridge.destroy();
  }
}

function refuse(problem: string): never {
  throw new Error(problem);
}
