import { alarmDefinitionOf, UnsupportedAlarmError } from '../metrics/alarm-definition';
import { UnsupportedExpressionError } from '../metrics/expression';
import { physicalName, type ResourceRegistry } from '../world';

export const cloudwatchResources: ResourceRegistry = {
  'AWS::CloudWatch::Alarm': (properties, context) => {
    const { world } = context;
    const name = typeof properties.AlarmName === 'string' ? properties.AlarmName : physicalName(context);
    const arn = `arn:aws:cloudwatch:${world.region}:${world.accountId}:alarm:${name}`;
    try {
      world.monitoring.addAlarm(alarmDefinitionOf(properties, name, arn));
    } catch (error) {
      if (!(error instanceof UnsupportedAlarmError || error instanceof UnsupportedExpressionError)) throw error;
      world.notEvaluated.add(`alarm ${name}: ${error.message}`);
    }
    return { ref: name, attributes: { Arn: arn } };
  },
  'AWS::CloudWatch::Dashboard': (properties, context) => {
    const name = typeof properties.DashboardName === 'string' ? properties.DashboardName : physicalName(context);
    context.world.monitoring.dashboards.set(name, String(properties.DashboardBody));
    return { ref: name, attributes: {} };
  },
};
