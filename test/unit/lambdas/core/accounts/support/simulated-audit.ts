import type { CallRecords } from '../../../../../../lambdas/core/audit';
import type { UnknownRecord } from '../../../../../../lambdas/core/audit-record';
import type { Network, Process } from './network';

/** Beyond what any message is lost in a row. */
const MANY_ATTEMPTS = 1_000;

/** The audit trail as accounts see it: what a call cost, inserted once. */
export class SimulatedAudit {
  readonly intents = new Map<string, number>();
  readonly settlements = new Map<string, number>();
  readonly unknown = new Map<string, UnknownRecord>();

  constructor(private readonly network: Network) {}

  /** What a call cost by its records. */
  costOf(id: string): number {
    return this.settlements.get(id) ?? this.unknown.get(id)?.cost_micro_usd ?? 0;
  }

  forProcess(process: Process) {
    const insert = async <T>(records: Map<string, T>, id: string, record: T): Promise<void> => {
      await this.network.ask(process, 3, (attempt) => {
        if (!records.has(id)) records.set(id, record);
        else if (attempt === 1) throw new Error(`${id} is there already`);
      });
    };
    return {
      insertIntent: (id: string, worst: number) => insert(this.intents, id, worst),
      insertSettlement: (id: string, cost: number) => insert(this.settlements, id, cost),
      insertUnknown: async (id: string, record: UnknownRecord): Promise<boolean> => {
        const { value } = await this.network.ask(process, MANY_ATTEMPTS, () => {
          const isFirst = !this.unknown.has(id);
          if (isFirst) this.unknown.set(id, record);
          return isFirst;
        });
        return value;
      },
      read: async (id: string): Promise<CallRecords | undefined> => {
        const { value } = await this.network.ask(process, MANY_ATTEMPTS, () => this.#records(id));
        return value;
      },
    };
  }

  #records(id: string): CallRecords | undefined {
    if (!this.intents.has(id)) return undefined;
    const cost = this.settlements.get(id);
    const unknown = this.unknown.get(id);
    return {
      intent: { tenant: 't' },
      settlement: cost === undefined ? undefined : { cost_micro_usd: cost },
      ...(unknown !== undefined && { unknown }),
    } as CallRecords;
  }
}
