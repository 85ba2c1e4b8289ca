import type { FastifyInstance } from 'fastify';
import { PlayheadError } from '../base/errors.ts';

/** Requests under way, and whether new ones are taken. */
export interface Drain {
  readonly draining: boolean;
  /** Takes no request from now on; resolves when those under way are answered, or when the signal aborts. */
  begin(signal: AbortSignal): Promise<void>;
}

/** Counts requests from their first byte to the last of their answer, and refuses new ones once the end has begun. */
export function drainOf(app: FastifyInstance): Drain {
  let draining = false;
  let underWay = 0;
  let onIdle = (): void => {};
  const done = (): void => {
    underWay -= 1;
    if (underWay === 0) onIdle();
  };
  app.addHook('onRequest', async (_, reply) => {
    if (!draining) {
      underWay += 1;
      reply.raw.once('close', done);
      return;
    }
    throw new PlayheadError('PH_DRAINING', 'this server is about to stop', { hint: 'Send the request again.' });
  });
  app.addHook('onSend', async (_, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  return {
    get draining() {
      return draining;
    },
    begin: (signal) => {
      draining = true;
      return new Promise((resolve) => {
        onIdle = resolve;
        if (underWay === 0 || signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}
