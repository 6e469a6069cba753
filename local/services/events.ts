import { randomUUID } from 'node:crypto';
import type { Background } from '../delivery/background';
import type { EventSink } from '../events';
import type { Access } from '../iam/types';
import type { Monitoring } from '../metrics/monitoring';
import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import { type ArchiveDefinition, Archives } from './events/archives';
import { type Bus, type BusEvent, policyOf, type Rule, secondsText } from './events/bus';
import { countForRule, deliverEvent } from './events/deliver-event';
import { type Entry, type EntryInput, readEntries, readEntry } from './events/put-events';
import { jsonAnswer, jsonErrorResponse, readJsonObject, readTarget } from './json-protocol';
import { requireRegion } from './require-region';
import { refuseUnknown, requireString } from './ssm/request-members';

export const DEFAULT_BUS = 'default';

export interface EventBridgeOptions {
  readonly accountId: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly events: EventSink;
  readonly background: Background;
  readonly putCounts: Monitoring['putCounts'];
  /** Where archived events are kept. @default - in memory */
  readonly directory?: string;
}

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 400 },
  throttled: { code: 'ThrottlingException', status: 400 },
  unavailable: { code: 'InternalException', status: 500 },
};

/** EventBridge: the buses, rules and archives of the templates, and the events that are put on them. */
export class EventBridgeService implements Service {
  readonly signingName = 'events';
  readonly archives: Archives;
  private readonly buses = new Map<string, Bus>();
  private readonly rules: Rule[] = [];

  /** Throws an error of one sentence when the directory's state cannot be read. */
  constructor(private readonly options: EventBridgeOptions) {
    this.archives = new Archives(options.directory, options.now);
    this.addBus(DEFAULT_BUS);
  }

  addBus(name: string): Bus {
    const bus = { name, arn: this.busArn(name), statements: [] };
    this.buses.set(name, bus);
    return bus;
  }

  /** By name or ARN. */
  busOf(given: string): Bus | undefined {
    return this.buses.get(this.nameOf(given));
  }

  addRule(rule: Rule): void {
    this.rules.push(rule);
  }

  addArchive(definition: ArchiveDefinition): void {
    this.archives.add(definition);
  }

  /** What putting these entries asks for: of each bus, for each kind of event once. */
  accessToPut(entries: readonly EntryInput[]): readonly Access[] {
    const accesses = entries.map(({ EventBusName: given = DEFAULT_BUS, Source: source, DetailType: detailType }): Access => {
      const name = this.nameOf(String(given));
      const bus = this.buses.get(name);
      const resourcePolicy = bus && policyOf(bus);
      return {
        action: 'events:PutEvents',
        resource: bus?.arn ?? this.busArn(name),
        context: {
          ...(typeof source === 'string' && { 'events:source': source }),
          ...(typeof detailType === 'string' && { 'events:detail-type': detailType }),
        },
        ...(resourcePolicy && { resourcePolicy }),
      };
    });
    return [...new Map(accesses.map((access) => [JSON.stringify([access.resource, access.context]), access])).values()];
  }

  /**
   * Puts an event on its bus: archives keep it at once, rules see it in the background.
   *
   * @returns The event's id. As in AWS that of an event for a bus that is not there too, which nobody ever sees.
   */
  put({ bus: given, source, detailType, detail, resources, timeMs }: Entry): string {
    const { accountId, region, now, events, background } = this.options;
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account: accountId,
      time: secondsText(timeMs ?? now()),
      region,
      resources,
      detail,
    };
    const bus = this.busOf(given);
    if (!bus) {
      const arn = this.busArn(this.nameOf(given));
      const reason = `There is no bus ${arn}. EventBridge accepts such events, and drops them.`;
      events.emit({ kind: 'undelivered', from: source, target: arn, code: 'NO_BUS', reason, lost: 'nobody has it' });
      return event.id;
    }
    this.archives.keep(bus.arn, event);
    background.run(async () => this.route(bus, event));
    return event.id;
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.options.region);
    const name = readTarget(request, 'AWSEvents');
    const input = readJsonObject(request.body);
    if (name === 'PutEvents') return this.putEvents(input);
    if (name === 'DescribeArchive') return this.describeArchive(input);
    throw new ServiceError('UnknownOperationException', `The local emulator does not emulate ${name} of EventBridge.`);
  }

  errorResponse(error: ServiceError): WireResponse {
    return jsonErrorResponse(error);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }

  stop(): void {
    this.archives.close();
  }

  private putEvents(input: EntryInput): Operation {
    refuseUnknown('PutEvents', input, ['Entries']);
    const entries = readEntries(input);
    return {
      name: 'PutEvents',
      access: this.accessToPut(entries),
      run: async () => {
        const results = entries.map((given) => {
          const entry = readEntry(given);
          return 'ErrorCode' in entry ? entry : { EventId: this.put(entry) };
        });
        return jsonAnswer({ FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results });
      },
    };
  }

  private describeArchive(input: EntryInput): Operation {
    refuseUnknown('DescribeArchive', input, ['ArchiveName']);
    const name = requireString(input, 'ArchiveName');
    const { accountId, region } = this.options;
    return {
      name: 'DescribeArchive',
      access: [{ action: 'events:DescribeArchive', resource: `arn:aws:events:${region}:${accountId}:archive/${name}` }],
      run: async () => {
        const archive = this.archives.find(name);
        if (!archive) throw new ServiceError('ResourceNotFoundException', `Archive ${name} does not exist.`);
        const kept = this.archives.eventsOf(name);
        return jsonAnswer({
          ArchiveArn: archive.arn,
          ArchiveName: name,
          EventSourceArn: archive.busArn,
          State: 'ENABLED',
          RetentionDays: archive.retentionDays,
          EventCount: kept.length,
          SizeBytes: kept.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)), 0),
        });
      },
    };
  }

  private route(bus: Bus, event: BusEvent): void {
    for (const rule of this.rules) {
      if (rule.busName !== bus.name || !rule.pattern.matches(event)) continue;
      countForRule(rule, { MatchedEvents: 1, TriggeredRules: 1 }, this.options);
      for (const target of rule.targets) deliverEvent(rule, target, event, this.options);
    }
  }

  private nameOf(given: string): string {
    return given.startsWith('arn:') ? given.replace(/^.*:event-bus\//, '') : given;
  }

  private busArn(name: string): string {
    const { accountId, region } = this.options;
    return `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
  }
}
