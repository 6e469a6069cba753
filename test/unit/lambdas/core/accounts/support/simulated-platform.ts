import * as fc from 'fast-check';
import type { Account, Amount } from '../../../../../../lambdas/core/accounts/account';
import { type Accounts, createAccounts, type Reservation } from '../../../../../../lambdas/core/accounts/accounts';
import { createLeasedAccounts, type LeasedAccounts } from '../../../../../../lambdas/core/accounts/leased-accounts';
import { sweep, type Swept } from '../../../../../../lambdas/core/accounts/sweep';
import { type Hold, parseHold } from '../../../../../../lambdas/core/accounts/hold';
import { GatewayError } from '../../../../../../lambdas/core/errors';
import type { Item } from '../../../../../helpers/expressions';
import { MemoryTable } from '../../../../../helpers/memory-table';
import { Simulation } from '../../../../../helpers/simulation';
import { Claims } from './claims';
import { type Draw, Network, type Process } from './network';
import { SimulatedAudit } from './simulated-audit';

const TABLE = 'Ledger';

export interface GivenCall {
  readonly afterMs: number;
  readonly worst: Amount;
  /** Of the worst case, in percent. */
  readonly share: number;
  readonly modelMs: number;
}

export interface GivenProcess {
  /** Of its clock. */
  readonly skewMs: number;
  readonly diesAfterMs: number | undefined;
  /** Whether it lets calls in by leases. */
  readonly hasLeases?: boolean;
}

export interface SimulatedCall {
  readonly id: string;
  /** Whether a model was asked. */
  isDispatched: boolean;
  isRefused: boolean;
}

interface RunningProcess extends Process {
  readonly accounts: Accounts;
  /** Of a process that has leases. */
  readonly leased: LeasedAccounts | undefined;
  readonly audit: ReturnType<SimulatedAudit['forProcess']>;
}

/** Processes that admit calls as the gateway's stages do, beside one table and one audit trail. */
export class SimulatedPlatform {
  readonly simulation: Simulation;
  readonly table = new MemoryTable();
  readonly audit: SimulatedAudit;
  readonly claims: Claims;
  readonly calls: SimulatedCall[] = [];
  /** What must not be, and was. */
  readonly violations: unknown[] = [];
  /** Of the leases that there were, their ids; of the calls that one of them has let in; and of those that an account's own item has held. */
  readonly leases = new Set<string>();
  readonly byLease = new Set<string>();
  readonly directly = new Set<string>();
  /** Marks that settled holds have left. */
  marks = 0;
  readonly #network: Network;
  readonly #random: () => number;

  constructor(
    private readonly startMs: number,
    draw: Draw,
    readonly levels: readonly Account[],
  ) {
    this.simulation = new Simulation(startMs);
    this.#network = new Network(this.simulation, draw);
    this.#random = () => draw(() => fc.integer({ min: 0, max: 999 })) / 1_000;
    this.audit = new SimulatedAudit(this.#network);
    this.claims = new Claims(levels);
    this.table.onUpdate = (key, item) => {
      this.#note(() => this.claims.checkItem(key, item));
      for (const id of item.calls?.S?.split(' ').filter((_, index) => index % 2 === 0) ?? []) this.byLease.add(id);
      for (const hold of holdsIn(item)) (hold.isLease ? this.leases : this.directly).add(hold.id);
      this.marks = Math.max(this.marks, Number(item.marks?.N ?? 0));
    };
  }

  startProcess({ skewMs, diesAfterMs, hasLeases = false }: GivenProcess): RunningProcess {
    const process: Process = { skewMs, isDead: false };
    if (diesAfterMs !== undefined) this.simulation.at(diesAfterMs, () => (process.isDead = true));
    const clock = { nowMs: () => this.simulation.nowMs + skewMs };
    const stores = {
      client: this.#network.client(process, this.table, 3),
      once: this.#network.client(process, this.table, 1),
      table: TABLE,
    };
    const direct = createAccounts(stores, clock, this.#random);
    const leased = hasLeases ? createLeasedAccounts({ ...stores, ...this.#timing(process, clock), accounts: direct }) : undefined;
    return Object.assign(process, { accounts: leased ?? direct, leased, audit: this.audit.forProcess(process) });
  }

  #timing(process: Process, clock: { nowMs(): number }) {
    return {
      clock,
      later: (ms: number, work: () => void) => this.simulation.at(ms, () => !process.isDead && work()),
      log: { error: () => undefined },
    };
  }

  startCall(process: RunningProcess, given: GivenCall): void {
    const call: SimulatedCall = { id: `c${this.calls.length}`, isDispatched: false, isRefused: false };
    this.calls.push(call);
    this.simulation.at(given.afterMs, () => {
      if (!process.isDead) this.#serve(process, call, given).catch((error: unknown) => this.violations.push(error));
    });
  }

  #note(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.violations.push(error);
    }
  }

  /** The order of what the stages do: intent and reservation at the same time, the model, the settlement's record, and then the accounts. */
  async #serve(process: RunningProcess, call: SimulatedCall, { worst, share, modelMs }: GivenCall): Promise<void> {
    const { id } = call;
    const [written, held] = await Promise.allSettled([
      process.audit.insertIntent(id, worst.microUsd),
      process.accounts.reserve({ id, accounts: this.levels, worst }),
    ]);
    if (held.status === 'rejected' && !(held.reason instanceof GatewayError)) throw held.reason;
    if (written.status === 'rejected') {
      if (held.status === 'fulfilled') await process.accounts.settle(held.value, { microUsd: 0, tokens: 0 }).catch(() => undefined);
      return;
    }
    if (held.status === 'rejected') {
      call.isRefused = true;
      return process.audit.insertSettlement(id, 0).catch(() => undefined);
    }
    await this.#answer(process, call, held.value, { microUsd: part(worst.microUsd, share), tokens: part(worst.tokens, share) }, modelMs);
  }

  async #answer(process: RunningProcess, call: SimulatedCall, held: Reservation, actual: Amount, modelMs: number): Promise<void> {
    call.isDispatched = true;
    this.claims.dispatch(process, held);
    await this.simulation.delay(modelMs);
    if (process.isDead) return;
    this.claims.end(held, actual);
    try {
      await process.audit.insertSettlement(call.id, actual.microUsd);
    } catch {
      return;
    }
    // What this fails by is swept.
    await process.accounts.settle(held, actual).catch(() => undefined);
  }

  /** Leases that are not settled. */
  heldLeases(): number {
    return [...this.table.items.values()].flatMap(holdsIn).filter(({ isLease, isSettled }) => isLease && !isSettled).length;
  }

  /** Two sweeps at once, beside each other; two more, since a shard is closed when it has no holds; and a last one that has nothing to do. */
  async sweepAt(atMs: number): Promise<void> {
    this.simulation.at(atMs - this.simulation.nowMs, () => undefined);
    await this.simulation.run();
    for (let round = 0; round < 2; round += 1) await Promise.all([this.#sweep(), this.#sweep(), this.simulation.run()]);
    const [last] = await Promise.all([this.#sweep(), this.simulation.run()]);
    expect(last).toEqual({ accounts: 0, open: 0, settled: 0, unknown: 0, unknownMicroUsd: 0, grants: 0 });
  }

  #sweep(): Promise<Swept> {
    const process = this.startProcess({ skewMs: 0, diesAfterMs: undefined });
    return sweep({
      client: this.#network.client(process, this.table, 1_000),
      table: TABLE,
      audit: process.audit,
      clock: { nowMs: () => this.simulation.nowMs },
    });
  }
}

function holdsIn(item: Item): readonly Hold[] {
  return Object.entries(item).flatMap(([name, { S }]) => parseHold(name, S) ?? []);
}

function part(amount: number, percent: number): number {
  return Math.floor((amount * percent) / 100);
}
