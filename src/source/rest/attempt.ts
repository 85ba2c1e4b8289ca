import type { Effects } from '../../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { requestFault } from '../../base/request-fault.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';

export interface RestRequest {
  /** With the key, where the key goes into the query: never shown. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

/** What came of one attempt: an answer with its whole body, or a reason why there is none. */
export type Attempt =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly statusText: string;
      readonly body: Buffer;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'silence'; readonly why: string };

/**
 * Sends a GET once and reads its body to the end, no further than `mostBytes`. A redirect is an answer like others: followed,
 * it would carry the key to someone whom nobody named. PH_SOURCE_INVALID for a body that is too long, PH_INTERRUPTED.
 */
export async function attempt(request: RestRequest, signal: AbortSignal, effects: Effects): Promise<Attempt> {
  const { url, headers, timeoutMs, mostBytes } = request;
  const done = new AbortController();
  const late = new AbortController();
  effects.clock.sleep(timeoutMs, done.signal).then(
    () => late.abort(),
    () => {},
  );
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) });
    const body = await boundedBody(response, mostBytes);
    const retryAfterMs = retryAfter(response.headers, effects);
    const { status, statusText } = response;
    return { kind: 'answer', status, statusText, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch (error) {
    if (isPlayheadError(error)) throw error;
    if (signal.aborted) throw new PlayheadError('PH_INTERRUPTED', 'interrupted while asking the source');
    if (late.signal.aborted) return { kind: 'silence', why: `no whole answer within ${formatDuration(timeoutMs)}` };
    return { kind: 'silence', why: requestFault(error) };
  } finally {
    done.abort();
  }
}

async function boundedBody(response: Response, mostBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    // Leaving the loop ends the connection: an answer without an end is read no further.
    if (size > mostBytes)
      throw new PlayheadError('PH_SOURCE_INVALID', `the answer is longer than ${formatBytes(mostBytes)}`, {
        hint: 'If that is right, raise `mostBytes` of the source.',
      });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** RFC 9110, 10.2.3: seconds, or a date, which is held against the answer's own: clocks differ. */
function retryAfter(headers: Headers, { clock }: Effects): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const untilMs = Date.parse(value);
  if (Number.isNaN(untilMs)) return undefined;
  const answeredMs = Date.parse(headers.get('date') ?? '');
  return Math.max(0, untilMs - (Number.isNaN(answeredMs) ? clock.now() : answeredMs));
}
