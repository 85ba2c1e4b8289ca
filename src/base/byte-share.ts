import { PlayheadError } from './errors.ts';

/** A number of bytes of a share that is held; given back once. */
export interface HeldBytes extends Disposable {
  readonly bytes: number;
}

/** A bounded share of memory or disk: who asks for more than is left waits, in the order of asking. */
export interface ByteShare {
  readonly name: string;
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** How often someone had to wait: back-pressure, as a number. */
  readonly waits: number;
  /**
   * Resolves once the bytes are free. More than the whole share is given when nothing else is held, so that one large
   * record never waits for ever. Rejects with PH_INTERRUPTED when the signal aborts.
   */
  take(bytes: number, signal?: AbortSignal): Promise<HeldBytes>;
}

interface Waiter {
  readonly bytes: number;
  readonly wake: () => void;
}

export function byteShare(name: string, limitBytes: number): ByteShare {
  let usedBytes = 0;
  let waits = 0;
  let waiting: Waiter[] = [];
  const fits = (bytes: number): boolean => usedBytes === 0 || usedBytes + bytes <= limitBytes;
  const hold = (bytes: number): HeldBytes => {
    usedBytes += bytes;
    let held = true;
    return {
      bytes,
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        usedBytes -= bytes;
        wakeNext();
      },
    };
  };
  const wakeNext = (): void => {
    for (let next = waiting[0]; next !== undefined && fits(next.bytes); next = waiting[0]) {
      waiting = waiting.slice(1);
      next.wake();
    }
  };
  return {
    name,
    limitBytes,
    get usedBytes() {
      return usedBytes;
    },
    get waits() {
      return waits;
    },
    take: (bytes, signal) => {
      if (signal?.aborted === true) return Promise.reject(interrupted(name, signal));
      // Behind others already waiting, even where it would fit: a stream of small requests must not starve a large one.
      if (waiting.length === 0 && fits(bytes)) return Promise.resolve(hold(bytes));
      waits += 1;
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          waiting = waiting.filter((other) => other !== waiter);
          reject(interrupted(name, signal));
          wakeNext();
        };
        const waiter: Waiter = {
          bytes,
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve(hold(bytes));
          },
        };
        waiting = [...waiting, waiter];
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
  };
}

function interrupted(name: string, signal: AbortSignal | undefined): PlayheadError {
  return new PlayheadError('PH_INTERRUPTED', `interrupted while waiting for ${name}`, { cause: signal?.reason });
}
