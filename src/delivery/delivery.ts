import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { ensureTable } from '../catalog/ensure-table.ts';
import { thisProcess } from '../commit/holder.ts';
import type { DeliveryOptions, DeliveryPorts, DeliverySubject, LanePorts } from './bound-delivery.ts';
import { drainLanes } from './drain-lanes.ts';
import { withAllLanes } from './hold-lanes.ts';
import { type LaneOwner, tellingOnce } from './lane-owner.ts';
import { parquetKernel } from './parquet-kernel.ts';
import type { DeliveryCommit, RangeJson } from './plan.ts';
import { ensureErrored } from './quarantine.ts';
import { type LostObject, type RestoredObject, restoreObjects } from './restore.ts';
import { runLanes } from './run-lanes.ts';
import { scrubDelivery } from './scrub.ts';
import { type DeliveryState, deliveryState } from './state.ts';
import { deliveryProblems } from './validate.ts';

export interface AcknowledgedLoss {
  /** Positions of the present log that are given up. */
  readonly lost: readonly RangeJson[];
}

/** What was done, counted from the commits that this call saw. */
export interface DeliverySummary {
  readonly commits: number;
  readonly objects: number;
  /** Rows in data objects. */
  readonly delivered: number;
  /** Records under the error prefix. */
  readonly errored: number;
  /** Before and after compression, data objects only. */
  readonly rawBytes: number;
  readonly storedBytes: number;
}

export interface Delivery {
  /**
   * Delivers what the stream holds at the call, up to the high-water marks read then. Windows go by arrival time. Processes that
   * drain at once take turns at its lanes.
   */
  drain(options?: DeliveryOptions): Promise<DeliverySummary>;
  /**
   * Delivers what is there, then goes on as records come, flushing by size or interval, until the signal aborts. All that run
   * share the lanes, each as fairly as they can be divided; one too many stands by.
   */
  run(options: DeliveryOptions & { readonly signal: AbortSignal }): Promise<DeliverySummary>;
  /** Where it stands; reads only. */
  state(): Promise<DeliveryState>;
  /**
   * Commits that records below the log's start are lost, and removes what was made of them. Where the log is another than
   * before, goes over to it, at its first record. Undefined where nothing is lost and the log is the same.
   */
  acknowledgeLoss(options?: DeliveryOptions): Promise<AcknowledgedLoss | undefined>;
  /**
   * Does work while nobody delivers, nor can commit what was begun before: under the leases of all lanes, each settled, in an
   * epoch of their own. Before the first delivery there is nobody to keep off.
   */
  fenced<T>(work: () => Promise<T>, options?: DeliveryOptions): Promise<T>;
  /** Removes objects under the delivery's prefixes that no commit names and no plan will: their keys. */
  scrub(): Promise<readonly string[]>;
  /** Makes these objects, which commits name, anew from the log, as far as it holds their records. */
  restore(lost: readonly LostObject[]): Promise<readonly RestoredObject[]>;
}

/**
 * Stream → objects in the lake, exactly once. Nothing is read or written until a method is called. Throws PH_CONFIG_INVALID
 * for a compacted topic (it can't give the same records twice) and for prefixes that can't be rendered.
 */
export function openDelivery(subject: DeliverySubject, given: DeliveryPorts, effects: Effects): Delivery {
  const ports: LanePorts = { ...given, kernel: parquetKernel(given.duck, effects) };
  checkSubject(subject);
  const prepared = async (): Promise<void> => {
    const { address, definition, table } = subject;
    if (table === undefined) return;
    await ensureTable(ports.catalog, table);
    await ensureErrored(ports.catalog, address, definition, table);
  };
  const ownerOf = async (options: DeliveryOptions, onCommit = (_: DeliveryCommit): void => {}): Promise<LaneOwner> => {
    const holder = await thisProcess(`delivery ${subject.address}`, effects);
    const told = options.onHeld === undefined ? {} : { onHeld: tellingOnce(options.onHeld) };
    return { subject, ports, options: { ...options, ...told, onCommit }, holder, effects };
  };
  return {
    drain: async (options = {}) => {
      await prepared();
      const counted = countCommits(options.onCommit);
      await drainLanes(await ownerOf(options, counted.add));
      return counted.summary();
    },
    run: async (options) => {
      await prepared();
      const counted = countCommits(options.onCommit);
      const owner = await ownerOf(options, counted.add);
      // Others of this process share the lanes with it as workers of other processes do.
      const worker = effects.random.uint32().toString(16);
      await runLanes({ ...owner, holder: { ...owner.holder, worker } }, options.signal);
      return counted.summary();
    },
    state: () => deliveryState(subject, ports, effects),
    acknowledgeLoss: async (options = {}) => {
      await prepared();
      const losses: (readonly RangeJson[])[] = [];
      // A plan that can't be redone any more is given up together with its records.
      await withAllLanes(await ownerOf(options), { abandon: true }, async (writers) => {
        for (const writer of writers) {
          const commit = await writer.writeLoss();
          if (commit?.kind === 'loss') losses.push(commit.lost);
        }
      });
      if (losses.length === 0) return undefined;
      await scrubDelivery(subject, ports.lake, effects);
      return { lost: losses.flat() };
    },
    fenced: async <T>(work: () => Promise<T>, options: DeliveryOptions = {}) => {
      await prepared();
      let done: { readonly result: T } | undefined;
      await withAllLanes(await ownerOf(options), { fence: true }, async () => {
        done = { result: await work() };
      });
      if (done === undefined) throw new RangeError('the lanes were given back before the work was done');
      return done.result;
    },
    scrub: () => scrubDelivery(subject, ports.lake, effects),
    restore: (lost) => restoreObjects(subject, lost, ports, effects),
  };
}

function checkSubject(subject: DeliverySubject): void {
  const { address, definition, stream } = subject;
  if (stream.cleanup === 'compact') {
    throw new PlayheadError('PH_CONFIG_INVALID', `${address} reads the compacted topic ${stream.topic}`, {
      hint: "a compacted topic can't promise the same records twice: deliver from one with cleanup 'delete'",
    });
  }
  const problems = deliveryProblems(definition).map(({ path, message }) => `${path}: ${message}`);
  if (problems.length > 0) {
    throw new PlayheadError('PH_CONFIG_INVALID', `${address}: ${problems.join('; ')}`, { details: { problems } });
  }
}

function countCommits(onCommit: DeliveryOptions['onCommit']): {
  add: (commit: DeliveryCommit) => void;
  summary: () => DeliverySummary;
} {
  const sum = { commits: 0, objects: 0, delivered: 0, errored: 0, rawBytes: 0, storedBytes: 0 };
  return {
    add: (commit) => {
      sum.commits += 1;
      if (commit.kind === 'flushes') {
        sum.objects += commit.objects.length;
        for (const { kind, rows, rawBytes, sizeBytes } of commit.objects) {
          if (kind === 'error') sum.errored += rows;
          if (kind !== 'data') continue;
          sum.delivered += rows;
          sum.rawBytes += rawBytes;
          sum.storedBytes += sizeBytes;
        }
      }
      onCommit?.(commit);
    },
    summary: () => ({ ...sum }),
  };
}
