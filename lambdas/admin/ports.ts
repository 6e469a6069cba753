import type { AdminAudit } from '../core/administration/admin-audit';
import type { RegistryTable } from '../core/administration/registry-items';
import type { Clock } from '../core/clock';
import type { Log } from '../core/log';
import type { UsageReader } from '../core/usage-ledger/read-usage';

export interface AdminPorts {
  readonly registry: RegistryTable;
  readonly audit: AdminAudit;
  readonly usage: UsageReader;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}
