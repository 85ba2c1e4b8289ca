import type { Measuring } from './measures.ts';

/** What became of a request to a gateway. */
export interface AnsweredRequest {
  /** HTTP's. */
  readonly status: number;
  /** Code of the error that it was answered with. */
  readonly code?: string;
  /** Of its body as it came; 0 where it was refused before. */
  readonly bodyBytes: number;
  readonly durationMs: number;
  readonly accepted: number;
  /** Records that were refused, by the rule that each broke first. */
  readonly refused: ReadonlyMap<string, number>;
}

/** A reason counts of one gateway: `tally.door/PH_RATE_LIMITED`, `tally.door/not_one_of`. */
export function gatewayReason(gateway: string, reason: string): string {
  return `${gateway}/${reason}`;
}

export function reasonParts(of: string): { readonly gateway: string; readonly reason: string } {
  const [gateway = '', reason = ''] = of.split('/');
  return { gateway, reason };
}

export function measureAnswered(gateway: string, answered: AnsweredRequest, measure: Measuring): void {
  const { status, code, accepted, refused } = answered;
  measure('gateway.requests', 1, gateway);
  // 503 is a refusal: no memory is left now, or the server is about to stop, and nothing is broken.
  const isFailure = status >= 500 && status !== 503;
  measure('gateway.refusals', status >= 400 && !isFailure ? 1 : 0, gateway);
  measure('gateway.failures', isFailure ? 1 : 0, gateway);
  measure('gateway.accepted', accepted, gateway);
  measure(
    'gateway.refused',
    [...refused.values()].reduce((sum, count) => sum + count, 0),
    gateway,
  );
  measure('gateway.bytes', answered.bodyBytes, gateway);
  measure('gateway.duration', answered.durationMs, gateway);
  if (code !== undefined) measure('gateway.reasons', 1, gatewayReason(gateway, code));
  for (const [rule, count] of refused) measure('gateway.reasons', count, gatewayReason(gateway, rule));
}
