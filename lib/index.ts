export { AccountSweeper, type AccountSweeperProps } from './constructs/account-sweeper';
export { Administration, type AdministrationProps } from './constructs/administration';
export { AnswerCache, type AnswerCacheProps } from './constructs/answer-cache';
export { type AgentAlarmOptions } from './constructs/agent-alarms';
export {
  AgentPipeline,
  type AgentPipelineProps,
  type AgentPlatform,
  type AgentScale,
  type AgentTrust,
} from './constructs/agent-pipeline';
export { AgentRuns, type AgentRunsProps } from './constructs/agent-runs';
export { AiGateway, type AiGatewayProps } from './constructs/ai-gateway';
export { AlarmTopic, type AlarmTopicProps } from './constructs/alarm-topic';
export type { AiGatewayAttributes, AiGatewayParameters, IAiGateway } from './constructs/gateway-reference';
export { AuditArchive, type AuditArchiveProps } from './constructs/audit-archive';
export { AuditTrail, type AuditTrailProps } from './constructs/audit-trail';
export { CallContent, type CallContentProps } from './constructs/call-content';
export { CostLedger, type CostLedgerProps } from './constructs/cost-ledger';
export { EventBus, type EventBusAlarmOptions, type EventBusProps } from './constructs/event-bus';
export { type EventName, EventRule, type EventRuleProps } from './constructs/event-rule';
export { FrontDoor, type FrontDoorProps, type FrontDoorSettings } from './constructs/front-door';
export { GatewayMetrics, type GatewayMetricOptions } from './constructs/gateway-metrics';
export { Guardrail, type GuardrailAttributes, type GuardrailProps, type IGuardrail } from './constructs/guardrail';
export type {
  ContentFilter,
  DeniedTopic,
  FilterStrength,
  GuardedData,
  GuardedPattern,
  GuardedWords,
  GuardrailAction,
  GuardrailPolicy,
} from './constructs/guardrail-policy';
export { PlatformAlarms, type PlatformAlarmSelection, type PlatformAlarmsProps, type QualityAlarm } from './constructs/platform-alarms';
export { onlyGatewaysInvokeModels } from './constructs/model-access-rule';
export { PlatformDashboard, type PlatformDashboardProps } from './constructs/platform-dashboard';
export { PromptRegistry, type PromptRegistryProps } from './constructs/prompt-registry';
export { type ReviewBearers, ReviewQueue, type ReviewQueueProps } from './constructs/review-queue';
export {
  type EnvOf,
  type OwnBundle,
  RuntimeFunction,
  type RuntimeFunctionProps,
  type RuntimeSettings,
} from './constructs/runtime-function';
export { UsageRollup, type UsageRollupProps } from './constructs/usage-rollup';
export { type FilterFieldType, VectorIndex, type VectorIndexProps } from './constructs/vector-index';
export type { IVectorIndex, VectorIndexAttributes } from './constructs/vector-index-reference';
export { WebFirewall, type WebFirewallProps } from './constructs/web-firewall';
export type { MetricName } from '../config/metrics';
export { PlatformStage, type PlatformStageProps } from './platform-stage';
