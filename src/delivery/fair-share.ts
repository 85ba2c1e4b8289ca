import { type Holder, isSameHolder } from '../commit/holder.ts';
import type { LeaseView } from '../commit/lease-watch.ts';

/** A lane of the present epoch as a worker sees it. */
export interface SeenLane {
  readonly number: number;
  readonly view: LeaseView;
  /** Whether the worker that looks works on it. */
  readonly isHeld: boolean;
}

/** What a worker does next for its fair share: it takes a lane, or asks for some, or stands by. */
export interface FairShare {
  readonly take?: number;
  readonly ask: readonly number[];
  /** Who holds most, where this worker holds nothing and there is nothing to ask for. */
  readonly standsBehind?: Holder;
}

interface Worker {
  readonly holder: Holder;
  readonly lanes: readonly SeenLane[];
}

/**
 * A free lane is taken. Otherwise the worker that holds most is asked for half of what it has more than `me`: nothing where that is
 * one, so that lanes come to rest. A lane that was asked for counts as the asker's already.
 */
export function fairShare(seen: readonly SeenLane[], me: Holder): FairShare {
  const free = seen.find((lane) => !lane.isHeld && isFree(lane.view, me));
  if (free !== undefined) return { take: free.number, ask: [] };
  const isOurs = ({ view: { owner } }: SeenLane): boolean => owner === undefined || isSameHolder(owner, me);
  const ours = seen.filter(isOurs).length;
  const busiest = workersOf(seen.filter((lane) => !isOurs(lane))).reduce<Worker | undefined>(
    (most, each) => (most === undefined || each.lanes.length > most.lanes.length ? each : most),
    undefined,
  );
  if (busiest === undefined) return { ask: [] };
  const surplus = Math.floor((busiest.lanes.length - ours) / 2);
  const unasked = busiest.lanes.filter(({ view }) => view.asked === undefined);
  const ask = unasked.slice(0, Math.max(0, surplus)).map(({ number }) => number);
  return ours > 0 || ask.length > 0 ? { ask } : { ask, standsBehind: busiest.holder };
}

/** Also where it is ours and we don't know it: the answer to our taking it was lost. */
function isFree({ free, owner, asked }: LeaseView, me: Holder): boolean {
  return free || (owner !== undefined && asked === undefined && isSameHolder(owner, me));
}

function workersOf(lanes: readonly SeenLane[]): readonly Worker[] {
  const workers: { holder: Holder; lanes: SeenLane[] }[] = [];
  for (const lane of lanes) {
    const holder = lane.view.owner;
    if (holder === undefined) continue;
    const known = workers.find((worker) => isSameHolder(worker.holder, holder));
    if (known === undefined) workers.push({ holder, lanes: [lane] });
    else known.lanes.push(lane);
  }
  return workers;
}
