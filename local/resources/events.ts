import type { LambdaFunction } from '../lambda/function';
import { type Due, UnsupportedScheduleError } from '../schedules/due';
import { parseSchedule } from '../schedules/schedule-expression';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';
import { noteUnevaluated } from './note-unevaluated';

interface TargetProperties {
  readonly Id: string;
  readonly Arn: string;
  readonly Input?: string;
}

export const eventsResources: ResourceRegistry = {
  'AWS::Events::Rule': (properties, context) => {
    const { world } = context;
    noteUnevaluated('AWS::Events::Rule', properties, ['Name', 'Description', 'ScheduleExpression', 'State', 'Targets', 'Tags'], context);
    const name = typeof properties.Name === 'string' ? properties.Name : physicalName(context);
    const arn = `arn:aws:events:${world.region}:${world.accountId}:rule/${name}`;
    if (typeof properties.ScheduleExpression === 'string') {
      const targets = ((properties.Targets ?? []) as readonly TargetProperties[]).flatMap((target) => targetOf(target, context));
      const due = properties.State === 'DISABLED' ? undefined : dueOf(properties.ScheduleExpression, context);
      world.schedules.add({ name, arn, due, targets });
    }
    return { ref: name, attributes: { Arn: arn } };
  },
};

function targetOf(target: TargetProperties, context: ResourceContext): { readonly lambda: LambdaFunction; readonly input?: unknown }[] {
  const { world, stack, logicalId } = context;
  noteUnevaluated(`AWS::Events::Rule, target ${target.Id}`, { ...target }, ['Id', 'Arn', 'Input'], context);
  const lambda = world.functions.get(target.Arn);
  if (!lambda) {
    world.notEvaluated.add(
      `target ${target.Arn} of ${stack.name}/${logicalId} (AWS::Events::Rule): only functions of the templates are called`,
    );
    return [];
  }
  return [{ lambda, ...(target.Input !== undefined && { input: JSON.parse(target.Input) as unknown }) }];
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
