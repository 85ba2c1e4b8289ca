import { addAbortSignal, type Readable } from 'node:stream';

/**
 * What a stream brings, ending at the signal without an error: an input that brings nothing more, and does not end
 * either, would otherwise keep the program alive.
 */
export async function* untilAborted(input: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, input);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
