import type { Effects } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import { minutes, seconds } from '../../base/units.ts';
import { addresseeName, type HttpAddressee, postJson } from '../post-json.ts';
import type { RunEvent } from './event.ts';
import type { EventStore } from './event-store.ts';

/** The endpoint of a profile that is told of every run: Marquez, or another that takes OpenLineage over HTTP. */
export interface LineageEndpoint extends HttpAddressee {
  readonly backend: 'http';
}

/** Keeps events and tells the endpoint of them, behind the runs' backs. */
export interface LineageReporter {
  /** Keeps an event; returns at once, and sends in the background. */
  report(event: RunEvent): void;
  /** Sends what is pending, due or not, until it is taken or an attempt fails; says how many were taken. */
  send(signal: AbortSignal): Promise<number>;
  /** Waits for the attempt that is under way; what is not sent stays for the next process. */
  close(): Promise<void>;
}

/** While an attempt is under way nobody else makes one; a process that died in it is taken over after this. */
const claimMs = minutes(1);

export function lineageReporter(
  store: EventStore,
  endpoint: LineageEndpoint | undefined,
  effects: Effects,
): LineageReporter {
  const { clock } = effects;
  const ended = new AbortController();
  let sending: Promise<number> = Promise.resolve(0);
  const send = async (to: LineageEndpoint, signal: AbortSignal, now: boolean): Promise<number> => {
    for (let taken = 0; ; taken += 1) {
      const event = store.next();
      if (event === undefined || signal.aborted || (!now && event.dueMs > clock.now())) return taken;
      if (!store.claim(event, clock.now() + claimMs)) return taken;
      const body = JSON.stringify(event.event);
      const id = `${event.event.run.runId}-${event.event.eventType}`;
      try {
        await postJson(addresseeName('lineage endpoint', to), to, { id, body }, signal, effects);
        store.attempted(event, 'sent');
      } catch (error) {
        if (!isPlayheadError(error)) throw error;
        const refused = error.code === 'PH_NOTIFICATION_REFUSED';
        const dueMs = error.code === 'PH_INTERRUPTED' ? clock.now() : clock.now() + backoffMs(event.attempts);
        store.attempted(event, { outcome: refused ? 'refused' : 'pending', dueMs, error: error.message });
        // What is refused is refused by itself; what fails would fail for the next one too.
        if (!refused) return taken;
        taken -= 1;
      }
    }
  };
  return {
    report: (event) => {
      store.add(event, endpoint === undefined ? 'kept' : 'pending', clock.now());
      if (endpoint !== undefined) sending = sending.then(() => send(endpoint, ended.signal, false));
    },
    send: async (signal) => {
      if (endpoint === undefined) return 0;
      await sending;
      return send(endpoint, AbortSignal.any([signal, ended.signal]), true);
    },
    close: async () => {
      // One attempt ends by its own time limit: that long, and no longer, a command waits for an endpoint.
      const last = setTimeout(() => ended.abort(), seconds(5));
      await sending;
      clearTimeout(last);
      store.close();
    },
  };
}

/** 1 s, then twice as long each time, five minutes at most. */
function backoffMs(attempts: number): number {
  return Math.min(minutes(5), seconds(1) * 2 ** attempts);
}
