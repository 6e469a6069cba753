import type { PolicyStatement } from '../iam/types';
import { type Due, UnsupportedScheduleError } from '../schedules/due';
import { parseSchedule } from '../schedules/schedule-expression';
import { DEFAULT_BUS } from '../services/events';
import type { Bus } from '../services/events/bus';
import { EventPattern } from '../services/events/pattern';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';
import { noteUnevaluated } from './note-unevaluated';
import { ruleTargetsOf, scheduleTargetsOf } from './rule-targets';

const RULE_PROPERTIES = ['Name', 'Description', 'EventBusName', 'EventPattern', 'ScheduleExpression', 'State', 'Targets', 'Tags'];
const ARCHIVE_PROPERTIES = ['ArchiveName', 'Description', 'EventPattern', 'RetentionDays', 'SourceArn'];

type Properties = Readonly<Record<string, unknown>>;

export const eventsResources: ResourceRegistry = {
  'AWS::Events::EventBus': (properties, context) => {
    const { eventBridge } = context.world;
    noteUnevaluated('AWS::Events::EventBus', properties, ['Name', 'Description', 'Policy', 'Tags'], context);
    const name = nameOf(properties.Name, context);
    const { arn } = eventBridge.busOf(name) ?? eventBridge.addBus(name);
    return { ref: name, attributes: { Arn: arn, Name: name, Policy: '' } };
  },
  'AWS::Events::EventBusPolicy': (properties, context) => {
    const { StatementId: id, EventBusName: bus, Statement: statement } = properties;
    if (statement === undefined) {
      throw new Error('it has no Statement; Action, Principal and Condition by themselves are the older form, which is not emulated.');
    }
    busOf(bus, context).statements.push(statement as PolicyStatement);
    return { ref: String(id ?? physicalName(context)), attributes: {} };
  },
  'AWS::Events::Archive': (properties, context) => {
    const { world } = context;
    noteUnevaluated('AWS::Events::Archive', properties, ARCHIVE_PROPERTIES, context);
    const name = nameOf(properties.ArchiveName, context);
    const arn = `arn:aws:events:${world.region}:${world.accountId}:archive/${name}`;
    const retentionDays = Number(properties.RetentionDays ?? 0);
    if (!Number.isInteger(retentionDays) || retentionDays < 0) {
      throw new Error(`its RetentionDays is ${String(properties.RetentionDays)}; it takes 0, which is for ever, or days.`);
    }
    const { EventPattern: pattern } = properties;
    world.eventBridge.addArchive({
      name,
      arn,
      busArn: busOf(properties.SourceArn, context).arn,
      retentionDays,
      ...(pattern !== undefined && { pattern: EventPattern.parse(pattern) }),
    });
    return { ref: name, attributes: { Arn: arn, ArchiveName: name } };
  },
  'AWS::Events::Rule': (properties, context) => {
    const { world } = context;
    noteUnevaluated('AWS::Events::Rule', properties, RULE_PROPERTIES, context);
    const name = nameOf(properties.Name, context);
    const bus = properties.EventBusName === undefined ? busOf(DEFAULT_BUS, context) : busOf(properties.EventBusName, context);
    const path = bus.name === DEFAULT_BUS ? name : `${bus.name}/${name}`;
    const rule = { name, arn: `arn:aws:events:${world.region}:${world.accountId}:rule/${path}`, busName: bus.name };
    const isEnabled = properties.State !== 'DISABLED';
    const { EventPattern: pattern, ScheduleExpression: expression } = properties;
    if (pattern === undefined && expression === undefined) throw new Error('it has neither EventPattern nor ScheduleExpression.');
    if (pattern !== undefined) {
      const parsed = EventPattern.parse(pattern);
      const targets = ruleTargetsOf(properties.Targets, context);
      if (isEnabled) world.eventBridge.addRule({ ...rule, pattern: parsed, targets });
    }
    if (typeof expression === 'string') addSchedule(expression, isEnabled, rule, properties, context);
    return { ref: path.replace('/', '|'), attributes: { Arn: rule.arn } };
  },
};

function addSchedule(
  expression: string,
  isEnabled: boolean,
  rule: { readonly name: string; readonly arn: string; readonly busName: string },
  { Targets: given }: Properties,
  context: ResourceContext,
): void {
  if (rule.busName !== DEFAULT_BUS) throw new Error('it has a ScheduleExpression, which is supported on the default event bus alone.');
  const targets = scheduleTargetsOf(given, rule, context);
  const due = isEnabled ? dueOf(expression, context) : undefined;
  context.world.schedules.add({ name: rule.name, arn: rule.arn, due, targets });
}

function busOf(given: unknown, { world }: ResourceContext): Bus {
  const bus = world.eventBridge.busOf(String(given ?? DEFAULT_BUS));
  if (!bus) throw new Error(`its bus ${String(given)} is not in the templates.`);
  return bus;
}

function nameOf(given: unknown, context: ResourceContext): string {
  return typeof given === 'string' ? given : physicalName(context);
}

function dueOf(expression: string, { world, stack, logicalId }: ResourceContext): Due | undefined {
  try {
    return parseSchedule(expression, world.now());
  } catch (error) {
    if (!(error instanceof UnsupportedScheduleError)) throw error;
    world.notEvaluated.add(`${error.message} of ${stack.name}/${logicalId}: it is fired by hand alone`);
    return undefined;
  }
}
