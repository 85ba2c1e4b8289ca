import type { PathFigures } from '../ledger/account.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { StreamAccount } from '../stream/stream.ts';
import type { DerivedFigures } from './derived-figures.ts';
import type { JobLedger } from './job-ledger.ts';

/** A path with what its figures were drawn from. */
export interface Path extends PathFigures {
  readonly topic: string;
  readonly streamAccount?: StreamAccount;
  /** Absent of a stream that no delivery reads. */
  readonly deliveryAddress?: string;
  readonly deliveryLedger: DeliveryLedger;
  readonly jobLedgers: readonly {
    readonly address: string;
    /** Of its table, outermost first. */
    readonly partitionNames: readonly string[];
    readonly ledger: JobLedger;
  }[];
  /** Tables that jobs make of the last one: no record of the account is in them, but they have to agree with it. */
  readonly derived: readonly DerivedFigures[];
}
