import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { type Leaf, mute, remedyOf } from './remedies.ts';

/** Codes of the client that say how far a request came, not what was wrong with it. */
const networkCodes = new Set(['PLT_KFK_NETWORK', 'PLT_KFK_TIMEOUT']);

/** Everything at the bottom of a failure, the deepest causes alone. */
function leavesOf(failure: unknown): readonly Leaf[] {
  if (!(failure instanceof Error)) return [{ code: '', message: String(failure), canRetry: false }];
  const inner = [...(failure instanceof AggregateError ? failure.errors : []), failure.cause].filter(Boolean);
  if (inner.length > 0) return inner.flatMap(leavesOf);
  const code = 'code' in failure ? String(failure.code) : '';
  const canRetry = 'canRetry' in failure ? failure.canRetry === true : false;
  const protocol = 'apiId' in failure ? { protocol: String(failure.apiId) } : {};
  return [{ ...protocol, code, message: failure.message, canRetry: canRetry || isNetwork(code) }];
}

function isNetwork(code: string): boolean {
  return networkCodes.has(code) || /^(E[A-Z]+|UND_ERR_.*)$/.test(code);
}

/** What a broker says of partitions that it would have taken, beside those that it did not. */
const notAttempted = 'OPERATION_NOT_ATTEMPTED';

/** Whether a broker answered this error. */
export function answered(failure: unknown, ...names: readonly string[]): boolean {
  return answeredOf(failure, names) !== undefined;
}

/** Which of these errors a broker answered, if any. */
export function answeredOf(failure: unknown, names: readonly string[]): string | undefined {
  return leavesOf(failure).find(({ protocol }) => protocol !== undefined && names.includes(protocol))?.protocol;
}

/**
 * Whether the same request may succeed later: a broker restarts, a leader moves, a connection was lost. A refusal by name
 * (credentials, rights, size) never is. A connection to a TLS or SASL port that speaks another protocol ends like a lost one.
 */
export function mayPass(failure: unknown): boolean {
  const leaves = leavesOf(failure).filter(({ protocol }) => protocol !== notAttempted);
  return leaves.length > 0 && leaves.every(({ canRetry }) => canRetry) && !isRefused(failure);
}

function isRefused(failure: unknown): boolean {
  return leavesOf(failure).some((leaf) => remedyOf(leaf)?.code === 'PH_ACCESS_REFUSED');
}

/**
 * A failure of Kafka's as what a person can act on; a PlayheadError stays what it is. `everAnswered`: whether any request
 * was answered before.
 */
export function kafkaFailure(
  failure: unknown,
  doing: string,
  brokers: readonly string[],
  everAnswered: boolean,
): PlayheadError {
  if (isPlayheadError(failure)) return failure;
  const leaves = leavesOf(failure);
  const isMute = !everAnswered && leaves.some(({ message }) => message.includes('Connection closed'));
  const known = leaves.map(remedyOf).find((remedy) => remedy !== undefined) ?? (isMute ? mute : undefined);
  const names = [...new Set(leaves.map(({ protocol, code }) => protocol ?? code))];
  const details = { doing, brokers, names };
  if (known !== undefined) {
    const { code, what, hint } = known;
    const message = `${doing}, Kafka at ${brokers.join(', ')}: ${what}`;
    return new PlayheadError(code, message, { cause: failure, details, ...(hint === undefined ? {} : { hint }) });
  }
  const words = [...new Set(leaves.map(({ protocol, message }) => protocol ?? message))].join('; ');
  return new PlayheadError('PH_STREAM_FAILED', `${doing}, Kafka at ${brokers.join(', ')}: ${words}`, {
    cause: failure,
    details,
  });
}
