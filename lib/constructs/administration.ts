import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { adminEnv } from '../../lambdas/admin/env';
import type { AiGateway } from './ai-gateway';
import { ADMIN_ROUTES, type FrontDoor } from './front-door';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface AdministrationProps {
  /** Whose callers are administered. It has to be in the same stack: the deployment of its API holds all the routes. */
  readonly gateway: AiGateway;
  /** @default - as RuntimeFunction */
  readonly settings?: RuntimeSettings;
}

/** API Gateway waits no longer for an answer that does not stream. */
const TIMEOUT = Duration.seconds(29);

/** Administration of keys, tenants, teams, roles, tokens and limits over a gateway's API, for AWS identities, and what tenants have used; each act is in the audit trail. */
export class Administration extends Construct {
  readonly function: RuntimeFunction<typeof adminEnv>;
  private readonly frontDoor: FrontDoor;

  constructor(scope: Construct, id: string, { gateway, settings }: AdministrationProps) {
    super(scope, id);
    const { auditTrail, costLedger, frontDoor, registry } = gateway;
    this.frontDoor = frontDoor;
    this.function = new RuntimeFunction<typeof adminEnv>(this, 'Function', {
      bundle: 'admin',
      description: 'Administers keys, tenants, teams, roles, tokens and limits',
      environment: {
        REGISTRY_TABLE: registry.table.tableName,
        LEDGER_TABLE: costLedger.table.tableName,
        AUDIT_TABLE: auditTrail.table.tableName,
        AUDIT_RETENTION_DAYS: String(auditTrail.retention.toDays()),
      },
      memorySize: 256,
      timeout: TIMEOUT,
      settings,
    });
    registry.grantAdministerCallers(this.function);
    costLedger.grantReadUsage(this.function);
    auditTrail.grantInsert(this.function);
    frontDoor.addIamRoutes('admin', new apigateway.LambdaIntegration(this.function.function, { allowTestInvoke: false }));
  }

  /** May administer, signed with the grantee's own identity; the table itself stays closed to it. */
  grantAdminister(grantee: iam.IGrantable): iam.Grant {
    const { api } = this.frontDoor;
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: ADMIN_ROUTES.map((route) => api.arnForExecuteApi('*', route, api.deploymentStage.stageName)),
    });
  }
}
