import type { RecordIssue, TakenRecords } from '../source/record-intake.ts';
import type { AppendResult } from '../stream/stream.ts';

/** What became of a record: where it stands in the stream, or why it doesn't. */
export interface RecordResult {
  readonly partition?: number;
  /** Null where the log no longer knows: the request was sent again long after. */
  readonly position?: string | null;
  readonly issues?: readonly RecordIssue[];
}

export interface RecordsAnswer {
  readonly accepted: number;
  readonly refused: number;
  /** In the order of the request. */
  readonly records: readonly RecordResult[];
}

/** A result for each record that was sent; `appended` is of those that were good, in order. */
export function recordsAnswer(taken: TakenRecords, appended: AppendResult | undefined): RecordsAnswer {
  let good = 0;
  const records = Array.from({ length: taken.count }, (_, item): RecordResult => {
    const issues = taken.refused.get(item);
    if (issues !== undefined) return { issues };
    const position = appended?.positions[good] ?? -1n;
    const partition = appended?.partitions[good] ?? 0;
    good += 1;
    return { partition, position: position < 0n ? null : String(position) };
  });
  return { accepted: taken.batch.count, refused: taken.refused.size, records };
}

const issueSchema = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'place.city, tags[3]; empty for the record as a whole' },
    rule: { type: 'string' },
    expected: { type: 'string' },
    got: { type: 'string' },
  },
} as const;

/** Its JSON Schema: Fastify writes answers by it, and the OpenAPI document shows it. */
export const answerSchema = {
  type: 'object',
  properties: {
    accepted: { type: 'integer' },
    refused: { type: 'integer' },
    records: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          partition: { type: 'integer' },
          position: { type: ['string', 'null'], description: 'within the partition; rising' },
          issues: { type: 'array', items: issueSchema },
        },
      },
    },
  },
  required: ['accepted', 'refused', 'records'],
} as const;
