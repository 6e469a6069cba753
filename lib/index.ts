export { AiGateway, type AiGatewayProps } from './constructs/ai-gateway';
export { AuditTrail, type AuditTrailProps } from './constructs/audit-trail';
export { CostLedger, type CostLedgerProps } from './constructs/cost-ledger';
export { FrontDoor, type FrontDoorProps, type FrontDoorSettings } from './constructs/front-door';
export { PromptRegistry, type PromptRegistryProps } from './constructs/prompt-registry';
export { type EnvOf, RuntimeFunction, type RuntimeFunctionProps, type RuntimeSettings } from './constructs/runtime-function';
export { WebFirewall, type WebFirewallProps } from './constructs/web-firewall';
export { PlatformStage, type PlatformStageProps } from './platform-stage';
