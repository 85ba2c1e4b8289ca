import type { ByteShare } from '../base/byte-share.ts';
import { isPlayheadError } from '../base/errors.ts';
import { overtaken } from './append-check.ts';
import type { AppendRequest, Stream } from './stream.ts';

/**
 * The stream, with the bytes of appends that are under way bounded by a share of memory: who would go over it waits its turn.
 * Order and failure are the stream's: where an append fails, those of its source that still wait fail behind it. Otherwise
 * they would be logged after a hole that a restart, which asks for the last sequence, would never fill.
 */
export function boundedAppends(
  stream: Stream,
  share: ByteShare,
  onAppend: (topic: string, waited: boolean) => void = () => {},
): Stream {
  /** Topic and source → how often an append failed. */
  const failures = new Map<string, number>();
  return {
    ...stream,
    append: async (request) => {
      const source = `${request.topic} ${request.source}`;
      const failuresBefore = failures.get(source);
      const waitsBefore = share.waits;
      const taking = share.take(bytesOf(request));
      onAppend(request.topic, share.waits > waitsBefore);
      using _ = await taking;
      if (failures.get(source) !== failuresBefore) throw overtaken(request.source);
      try {
        return await stream.append(request);
      } catch (error) {
        // Refused before anything was taken: the stream holds nothing back for it either.
        if (!isPlayheadError(error, 'PH_RECORD_TOO_LARGE')) failures.set(source, (failuresBefore ?? 0) + 1);
        throw error;
      }
    },
  };
}

function bytesOf({ batch }: AppendRequest): number {
  return batch.values.length + (batch.keys?.length ?? 0);
}
