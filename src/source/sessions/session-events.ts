import { eventKindNumber } from './event-rows.ts';
import { maxPauses, type SessionPlan } from './session-plan.ts';

/** Start, the end, and a pause and a resume for each pause. */
const maxSteps = 2 + 2 * maxPauses;

/** The events of one session in order; filled anew for each. */
export class SessionEvents {
  count = 0;
  readonly timeMs: Float64Array = new Float64Array(maxSteps);
  readonly kind: Uint8Array = new Uint8Array(maxSteps);
  readonly playhead: Int32Array = new Int32Array(maxSteps);
  /** Seconds played, stalled and waited so far. */
  readonly watched: Int32Array = new Int32Array(maxSteps);
  readonly stalls: Int32Array = new Int32Array(maxSteps);
  readonly stallSeconds: Int32Array = new Int32Array(maxSteps);

  /** Works out a plan's events, begun at `startMs`. */
  tell(plan: SessionPlan, startMs: number): void {
    this.count = 0;
    this.#add(eventKindNumber.start, startMs, 0, 0, 0);
    // Events after the start fall between two seconds, as the end does.
    let clockMs = startMs + (plan.lengthMs % 1000);
    let stalls = 0;
    let stalledSeconds = 0;
    for (let i = 0; i < plan.pauseCount; i += 1) {
      const at = plan.pauseAt[i] ?? 0;
      while (stalls < plan.stallCount && (plan.stallAt[stalls] ?? 0) <= at) {
        stalledSeconds += plan.stallSeconds[stalls] ?? 0;
        stalls += 1;
      }
      this.#add(eventKindNumber.pause, clockMs + (at + stalledSeconds) * 1000, at, stalls, stalledSeconds);
      clockMs += plan.pauseMs[i] ?? 0;
      this.#add(eventKindNumber.resume, clockMs + (at + stalledSeconds) * 1000, at, stalls, stalledSeconds);
    }
    for (; stalls < plan.stallCount; stalls += 1) stalledSeconds += plan.stallSeconds[stalls] ?? 0;
    const ending = plan.completes ? eventKindNumber.complete : eventKindNumber.stop;
    this.#add(ending, startMs + plan.lengthMs, plan.playSeconds, stalls, stalledSeconds);
    const last = this.count - 1;
    this.watched[last] = (this.watched[last] ?? 0) + plan.waitedSeconds;
  }

  #add(kind: number, timeMs: number, playhead: number, stalls: number, stalledSeconds: number): void {
    const at = this.count;
    this.timeMs[at] = timeMs;
    this.kind[at] = kind;
    this.playhead[at] = playhead;
    this.watched[at] = playhead + stalledSeconds;
    this.stalls[at] = stalls;
    this.stallSeconds[at] = stalledSeconds;
    this.count += 1;
  }
}
