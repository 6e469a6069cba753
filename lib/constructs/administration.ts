import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { adminEnv } from '../../lambdas/admin/env';
import type { AuditTrail } from './audit-trail';
import { ADMIN_ROUTES, type FrontDoor } from './front-door';
import type { PromptRegistry } from './prompt-registry';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface AdministrationProps {
  /** Gets the routes under `/iam/v1/admin`. It has to be in the same stack: its deployment holds all its routes. */
  readonly frontDoor: FrontDoor;
  /** What is administered. */
  readonly registry: PromptRegistry;
  /** Where each act is recorded before it is done. */
  readonly auditTrail: AuditTrail;
  /** @default - as RuntimeFunction */
  readonly settings?: RuntimeSettings;
}

/** API Gateway waits no longer for an answer that does not stream. */
const TIMEOUT = Duration.seconds(29);

/** Administration of keys, tenants, teams, roles, tokens and limits over a gateway's API, for AWS identities; each act is in the audit trail. */
export class Administration extends Construct {
  readonly function: RuntimeFunction<typeof adminEnv>;
  private readonly frontDoor: FrontDoor;

  constructor(scope: Construct, id: string, { auditTrail, frontDoor, registry, settings }: AdministrationProps) {
    super(scope, id);
    this.frontDoor = frontDoor;
    this.function = new RuntimeFunction<typeof adminEnv>(this, 'Function', {
      bundle: 'admin',
      description: 'Administers keys, tenants, teams, roles, tokens and limits',
      environment: {
        REGISTRY_TABLE: registry.table.tableName,
        AUDIT_TABLE: auditTrail.table.tableName,
        AUDIT_RETENTION_DAYS: String(auditTrail.retention.toDays()),
      },
      memorySize: 256,
      timeout: TIMEOUT,
      settings,
    });
    registry.grantAdministerCallers(this.function);
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
