import { type Random, seededRandom } from '../../base/random.ts';
import { hours, minutes } from '../../base/units.ts';
import type { StorageFaultKind, StrikeSignal } from './fault-plan.ts';
import { type NamedStep, namedSteps, type Work } from './named-steps.ts';

/** What a process meets, or what befalls its files before it starts. */
export type Fault =
  | {
      readonly kind: 'strike';
      readonly step: string;
      readonly nth: number;
      readonly signal: StrikeSignal;
      readonly pastRetention?: true;
    }
  | { readonly kind: 'moment'; readonly afterMs: number; readonly signal: StrikeSignal }
  | { readonly kind: 'storage'; readonly storage: StorageFaultKind; readonly at: number }
  | { readonly kind: 'clock'; readonly jumpMs: number; readonly atReading: number }
  /** Two processes do the same at once. */
  | { readonly kind: 'twins' }
  /** A file of what the work before it made is damaged: it must be found and named; then it is put back. */
  | { readonly kind: 'damage'; readonly of: DamagedPart; readonly how: DamageKind };

export type DamagedPart = 'log' | 'landing' | 'error' | 'table' | 'commit' | 'sidecar' | 'quarantine';
export type DamageKind = 'flip' | 'cut' | 'gone';

export interface Act {
  readonly work: Work;
  readonly fault: Fault;
}

/** How far a home is when its round begins. */
export type Start = 'empty' | 'reference' | 'half';

export interface RoundPlan {
  readonly start: Start;
  readonly acts: readonly Act[];
}

/** Which works a pipeline has. */
export type Works = ReadonlySet<Work>;

/** Of a moment, after the process began to use files: the shortest works take hardly longer. */
const latestMomentMs = 150;
const storageOf = (kind: StorageFaultKind): Deal => ({ kind: 'storage', storage: kind });

/** A card of a deck: a named step, or another kind of fault whose particulars are drawn. */
type Deal =
  | ({ readonly kind: 'step' } & NamedStep)
  | { readonly kind: 'storage'; readonly storage: StorageFaultKind }
  | { readonly kind: 'moment' | 'clock' | 'twins' }
  | { readonly kind: 'damage'; readonly of: DamagedPart };

const stepsOf = (work: Work): readonly Deal[] => namedSteps[work].map((step) => ({ kind: 'step', ...step }));

const decks: Readonly<Record<Work, readonly Deal[]>> = {
  reference: [...stepsOf('reference'), storageOf('unanswered'), storageOf('error')],
  simulate: [...stepsOf('simulate'), storageOf('cut-off'), storageOf('error'), { kind: 'moment' }],
  produce: [
    storageOf('torn'),
    ...stepsOf('produce'),
    storageOf('full'),
    { kind: 'twins' },
    storageOf('cut-off'),
    { kind: 'clock' },
    storageOf('unanswered'),
    { kind: 'moment' },
    storageOf('error'),
    storageOf('slow'),
  ],
  deliver: [
    ...stepsOf('deliver'),
    { kind: 'damage', of: 'log' },
    storageOf('unanswered'),
    { kind: 'twins' },
    storageOf('full'),
    { kind: 'clock' },
    storageOf('torn'),
    storageOf('unreadable'),
    { kind: 'damage', of: 'commit' },
    { kind: 'moment' },
    storageOf('cut-off'),
    storageOf('slow'),
    storageOf('error'),
  ],
  job: [
    ...stepsOf('job'),
    { kind: 'damage', of: 'landing' },
    storageOf('unanswered'),
    { kind: 'twins' },
    storageOf('full'),
    { kind: 'damage', of: 'table' },
    { kind: 'moment' },
    storageOf('error'),
    { kind: 'damage', of: 'error' },
    storageOf('cut-off'),
    { kind: 'clock' },
    storageOf('unreadable'),
    { kind: 'damage', of: 'sidecar' },
    storageOf('torn'),
    { kind: 'damage', of: 'quarantine' },
  ],
};

/** What writes the log is struck in this order, so that each meets deliveries as well as jobs behind it. */
const writersInTurn: readonly Work[] = ['produce', 'simulate', 'produce', 'reference', 'produce'];

/**
 * The round of a number, from 1, under a seed: an act on what writes the log, and acts on a delivery and on a job in turn.
 * Rounds in a row deal each deck from top to bottom; what is not dealt (the nth reach, a moment, a jump) is drawn.
 */
export function planRound(seed: number, round: number, has: Works): RoundPlan {
  const random = seededRandom(seed, round);
  const turn = round - 1;
  const writers = writersInTurn.filter((work) => has.has(work));
  const acts: Act[] = [];
  const place = turn % Math.max(1, writers.length);
  const writer = writers[place];
  if (writer !== undefined) {
    const count = (list: readonly Work[]): number => list.filter((work) => work === writer).length;
    const before = Math.floor(turn / writers.length) * count(writers) + count(writers.slice(0, place));
    acts.push(dealt(writer, before, random));
  }
  const half = Math.floor(turn / 2);
  if (has.has('job') && turn % 2 === 1) acts.push(dealt('job', half, random));
  else if (has.has('deliver')) acts.push(dealt('deliver', 2 * half, random), dealt('deliver', 2 * half + 1, random));
  const start = writer === 'reference' ? 'empty' : random.uint32() % 4 === 0 ? 'reference' : 'half';
  return { start, acts };
}

/** The nth card of a work's deck, which is dealt again and again. */
function dealt(work: Work, n: number, random: Random): Act {
  const deck = decks[work];
  const [cycle, place] = [Math.floor(n / deck.length), n % deck.length];
  const deal = deck[place];
  if (deal === undefined) throw new RangeError(`no faults for ${work}`);
  // Each step in turn with the one signal and the other.
  return { work, fault: faultOf(deal, work, (cycle + place) % 2 === 0 ? 'SIGKILL' : 'SIGSTOP', random) };
}

function faultOf(deal: Deal, work: Work, signal: StrikeSignal, random: Random): Fault {
  const below = (n: number): number => random.uint32() % n;
  switch (deal.kind) {
    case 'step': {
      const { step, reaches, pastRetention } = deal;
      return { kind: 'strike', step, nth: 1 + below(reaches), signal, ...(pastRetention ? { pastRetention } : {}) };
    }
    case 'moment':
      return { kind: 'moment', afterMs: below(latestMomentMs), signal };
    case 'storage':
      return { kind: 'storage', storage: deal.storage, at: 1 + below(operations[work]) };
    case 'clock':
      return { kind: 'clock', jumpMs: jumps[below(jumps.length)] ?? 0, atReading: 1 + below(4) };
    case 'damage':
      return { kind: 'damage', of: deal.of, how: damagesTo(deal.of)[below(damagesTo(deal.of).length)] ?? 'flip' };
    case 'twins':
      return { kind: 'twins' };
  }
}

/** How many operations on files small work surely comes to, in the area where it is struck. */
const operations: Readonly<Record<Work, number>> = { reference: 9, simulate: 4, produce: 4, deliver: 12, job: 12 };

/** A commit that is gone is the state before it: the work that follows makes it again, and there is nothing to find. */
function damagesTo(of: DamagedPart): readonly DamageKind[] {
  return of === 'commit' ? ['flip', 'cut'] : ['flip', 'cut', 'gone'];
}

const jumps: readonly number[] = [-minutes(10), minutes(70), -hours(30), hours(49), hours(24 * 400)].map(Number);
