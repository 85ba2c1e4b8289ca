import { unknownSettings } from '../base/unknown-settings.ts';
import type { RecordType } from '../record/type.ts';

/** A topic and the type of its records. */
export interface StreamDefinition {
  readonly kind: 'stream';
  readonly topic: string;
  readonly record: RecordType;
  /** The record field that is the partition key. */
  readonly key?: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly cleanup: 'delete' | 'compact';
}

export function stream(settings: {
  topic: string;
  record: RecordType;
  key?: string;
  /** Default 1. */
  partitions?: number;
  /** Milliseconds, default 7 days. */
  retention?: number;
  cleanup?: 'delete' | 'compact';
}): StreamDefinition {
  return {
    kind: 'stream',
    topic: settings.topic,
    record: settings.record,
    ...(settings.key === undefined ? {} : { key: settings.key }),
    partitions: settings.partitions ?? 1,
    retentionMs: settings.retention ?? 7 * 86_400_000,
    cleanup: settings.cleanup ?? 'delete',
    ...unknownSettings(settings, ['topic', 'record', 'key', 'partitions', 'retention', 'cleanup']),
  };
}
