import type { Position, ProducedBatch, RecordBatch } from '../record/batch.ts';

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly retentionMs: number;
  /** `delete` drops what is past retention. Compacted topics can't promise the same records twice: delivery refuses them. */
  readonly cleanup: 'delete' | 'compact';
}

export interface PartitionState {
  readonly partition: number;
  /** The oldest record that is still there. */
  readonly start: Position;
  /** Where the next record will go: the high-water mark. */
  readonly end: Position;
  /** Records from start to end; where positions have gaps, at most so many. */
  readonly count: number;
}

export interface TopicState extends TopicSpec {
  /** Drawn when the topic was created: a log that was deleted and made anew has another, and its positions mean other records. */
  readonly id: string;
  readonly state: readonly PartitionState[];
  /** Rises before `erase` says that records are gone: what was fetched while it was lower may hold them. */
  readonly erasures: number;
  /** The latest arrival time that was ever appended, also after trimming; undefined before the first record. */
  readonly lastArrivalMs?: number;
  readonly lastAppendedMs?: number;
}

export interface AppendRequest {
  readonly topic: string;
  /** Who sends. Records of one source carry rising sequences; (source, sequence) is appended once, ever. */
  readonly source: string;
  /** Sequence of the batch's first record, 0 or more; the others follow by one. Between appends a source may leave gaps. */
  readonly firstSequence: bigint;
  readonly batch: ProducedBatch;
}

export interface AppendResult {
  readonly logged: number;
  /** Of `logged`: records about somebody who was erased, of which the log took the place and nothing else. */
  readonly erased: number;
  /** Records whose (source, sequence) was there before: acknowledged, not appended again. */
  readonly resent: number;
  /** For each record of the request in order: its partition and position (of the first append for what was resent, -1n where that is no longer known). */
  readonly partitions: Uint16Array;
  readonly positions: BigInt64Array;
}

/** What a source sent, by arrival hour: `sent = logged + resent`. */
export interface SourceAccount {
  readonly source: string;
  /** Sequences of it that the log knows, each once. */
  readonly sequences: number;
  /** Without `hourMs`: from before the log kept hours. */
  readonly hours: readonly {
    /** Start of the arrival hour, ms since 1970 UTC. */
    readonly hourMs?: number;
    readonly sent: number;
    readonly logged: number;
    readonly resent: number;
  }[];
}

/** Positions that the log says it holds and can't give. */
export interface LogHole {
  readonly partition: number;
  readonly from: Position;
  /** Exclusive. */
  readonly until: Position;
  readonly reason: string;
}

export interface StreamAccount {
  readonly sources: readonly SourceAccount[];
  /** Records that partitions ever took, by their positions; undefined where these have gaps. */
  readonly appended?: number;
  readonly holes: readonly LogHole[];
}

/** What a fetch brings. */
export interface Fetched {
  readonly batches: readonly RecordBatch[];
  /**
   * Where the next fetch begins: past the last record, and past a gap that follows it. No further than `from` only where
   * nothing is left.
   */
  readonly next: Position;
  /** Of the log, with what was read: see `FetchOptions.epoch`. Absent where nothing was read. */
  readonly epoch?: number;
}

export interface FetchOptions {
  readonly maxBytes: number;
  readonly until?: Position;
  /**
   * The epoch in which what lies before `from` was read. A log may lose its end and be filled again (another copy counts, or an
   * older one was put back): its positions then mean other records. It has a higher epoch each time that could be so.
   */
  readonly epoch?: number | undefined;
}

/** Who sent a record, and when it was appended (wall clock). */
export interface RecordOrigin {
  readonly source: string;
  readonly sequence: bigint;
  readonly appendedMs: number;
}

/** What a topic says of its records without giving them. */
export interface TopicInspection {
  /** Reads no record. */
  account(): Promise<StreamAccount>;
  /** Undefined where no record is there. */
  originOf(partition: number, position: Position): Promise<RecordOrigin | undefined>;
  /** Records there that another program wrote: no source's account has them. Reads them, where a log can have such. */
  countForeign(partition: number, from: Position, until: Position): Promise<number>;
}

/** Whether a record is one to erase. */
export type RecordTest = (value: Uint8Array, key: Uint8Array | undefined) => boolean;

/** What an erasure took out of a topic. */
export interface LogErasure {
  readonly records: number;
  /** Files that were written anew. */
  readonly segments: number;
}

/**
 * A partitioned, replayable log. A record with a key goes to partition murmur2(key) mod partitions (Kafka's default
 * partitioner), without one to the source's next partition in turn. Records of one source to one partition keep
 * their order. An append is all or nothing and durable when it resolves: `kill -9` after loses nothing.
 * Values over `maxRecordBytes` (the newline of a framed one not counted) are refused with PH_RECORD_TOO_LARGE before
 * anything is appended. Appends of one source may be sent without waiting: when one fails, those that were waiting
 * behind it fail with PH_SOURCE_SEQUENCE_GAP, so that what is in the log is what came first. So does what is sent again from
 * before so many gaps that a log no longer knows whether it has it.
 * Throws PH_TOPIC_UNKNOWN, PH_TOPIC_INCOMPATIBLE, PH_RECORD_TOO_LARGE, PH_SOURCE_SEQUENCE_GAP,
 * PH_POSITION_OUT_OF_RANGE, PH_LOG_CORRUPT, PH_STORAGE_*.
 */
export interface Stream {
  readonly capabilities: {
    /** False where the log can't hold (source, sequence) unique (Kinesis): the ledger then has a `resent` column. */
    readonly sequencedAppend: boolean;
    /** True where positions have no gaps and begin at 0: a partition's end is then how many records it ever took. */
    readonly densePositions: boolean;
    /** True where the log says where it put what is sent again, for as long as it holds it. */
    readonly findsResent: boolean;
    readonly maxRecordBytes: number;
  };
  /**
   * Creates the topic, or checks that the one there has the same partitions and cleanup, and takes over a new
   * retention. Idempotent. PH_TOPIC_INCOMPATIBLE, or PH_CONFIG_INVALID for a name that Kafka would not take either.
   */
  ensureTopic(spec: TopicSpec): Promise<TopicState>;
  /** Undefined where there is no such topic. */
  describe(topic: string): Promise<TopicState | undefined>;
  append(request: AppendRequest): Promise<AppendResult>;
  /** The highest sequence logged for a source, kept past trimming: where a restarted source resumes. */
  lastSequence(topic: string, source: string): Promise<bigint | undefined>;
  /**
   * Batches of one partition from a position on, in order, up to about `maxBytes` of values (at least one batch if there
   * is any record). The first begins with the first record at `from` or after it: where positions have gaps, nothing
   * need stand at `from` itself. PH_POSITION_OUT_OF_RANGE before the start or past the end, or where the log was cut below
   * `from` since `epoch`: never a jump.
   */
  fetch(topic: string, partition: number, from: Position, options: FetchOptions): Promise<Fetched>;
  /**
   * By partition, up to where the log still holds what it held in that epoch: a position that was reached then and lies above
   * means other records now. Nothing for a partition whose log knows no such epoch any more.
   */
  endsOfEpochs(topic: string, epochs: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, Position>>;
  /**
   * Records from `from` to `until` (exclusive), as far as they are there: exact, also where positions have gaps. Reads
   * no record where they have none.
   */
  countRecords(topic: string, partition: number, from: Position, until: Position): Promise<number>;
  /** Resolves when any partition's end passes what `seen` holds, or when the signal aborts. */
  waitForMore(topic: string, seen: readonly Position[], signal: AbortSignal): Promise<void>;
  /**
   * Drops what lies below these positions and is past retention, as far as the log can; never past what they name.
   * Returns how many positions each partition's start moved: records, where positions have no gaps.
   */
  trim(topic: string, below: readonly Position[], appendedBeforeMs: number): Promise<readonly number[]>;
  /**
   * Takes the value, key and headers of every record out that is meant, for good; its position stays, and is read as
   * erased. What lies below the start goes with it. Raises the topic's `erasures`. Idempotent, also after a crash. `countOnly`: how many there are, and
   * nothing is changed.
   */
  erase(topic: string, isMeant: RecordTest, options?: { readonly countOnly?: boolean }): Promise<LogErasure>;
  /**
   * There where the log gives rights: which of those that this port needs for a topic are lacking, in the log's own words.
   * Changes nothing.
   */
  missingRights?(topic: string): Promise<readonly string[]>;
  /** For the ledger and for tracing a record; undefined where there is no such topic. */
  inspect(topic: string): Promise<TopicInspection | undefined>;
  close(): Promise<void>;
}
