import type { Effects } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { endedAs, endProblems } from './child-end.ts';
import type { Content } from './content.ts';
import { damageAndFind } from './damage.ts';
import type { StreamDataset } from './dataset.ts';
import { contradicted, readDecisions, takeLeasesAway } from './decisions.ts';
import type { FaultPlan } from './fault-plan.ts';
import { commandsOf, type Flow, type FlowSettings, openFlow } from './flow.ts';
import { type InvariantName, type Violation, violations } from './invariants.ts';
import type { ActOutcome } from './report.ts';
import { copyHome, wordsOfHome } from './round-home.ts';
import type { Act, Fault, RoundPlan, Start } from './round-plan.ts';
import { type Blow, type ChildCommand, runStruck } from './struck-child.ts';

/** What the rounds of one run share. */
export interface Ground {
  readonly settings: FlowSettings;
  readonly datasets: readonly StreamDataset[];
  readonly expected: Content;
  /** Homes as rounds begin with them. */
  readonly homes: Readonly<Record<Start, string>>;
  /** The entry of the command line for processes that are struck. */
  readonly child: Omit<ChildCommand, 'arguments'>;
}

/** Past the retention of every topic. */
const pastRetentionMs = 400 * 86_400_000;

/**
 * One round in a home of its own: works whose processes meet faults, one after the other; then all is fed, delivered and run
 * in peace, and checked. Says what became of each act, and what does not hold.
 */
export async function runRound(
  ground: Ground,
  plan: RoundPlan,
  { seed, round, home }: { readonly seed: number; readonly round: number; readonly home: string },
  effects: Effects,
): Promise<{ readonly acts: readonly ActOutcome[]; readonly violations: readonly Violation[] }> {
  await copyHome(ground.settings.profile, ground.homes[plan.start], home, effects);
  const flow = await openFlow(ground.settings, home, effects);
  const open = new OpenRound(ground, flow, home, seededRandom(seed, round + 1_000_000), plan.start === 'half' ? 1 : 0);
  try {
    const acts: ActOutcome[] = [];
    try {
      for (const act of plan.acts) acts.push(await open.carryOut(act));
      await open.finish();
    } catch (error) {
      // What fails in peace fails for no reason that it may have. What else does not hold, says where to look.
      open.violated('failures', isPlayheadError(error) ? `${error.code} ${error.message}` : String(error));
    }
    return { acts, violations: [...open.found, ...(await violations(flow, ground))] };
  } finally {
    await flow.close();
  }
}

class OpenRound {
  readonly found: Violation[] = [];
  readonly #ground: Ground;
  readonly #flow: Flow;
  readonly #home: string;
  readonly #random: Random;
  /** Parts below it are in the log. */
  #fed: number;
  #hasReference: boolean;
  /** How the present part is fed: each part by one way, since its records carry other names by the other. */
  #by: 'simulate' | undefined;

  constructor(ground: Ground, flow: Flow, home: string, random: Random, fed: number) {
    this.#ground = ground;
    this.#flow = flow;
    this.#home = home;
    this.#random = random;
    this.#fed = fed;
    this.#hasReference = false;
  }

  violated(invariant: InvariantName, ...problems: readonly string[]): void {
    this.found.push(...problems.map((problem) => ({ invariant, problem })));
  }

  /** All that is left is done in peace. */
  async finish(): Promise<void> {
    while (this.#fed < this.#parts) await this.#feedNext();
    await this.#flow.deliver();
    await this.#flow.jobs();
  }

  async carryOut(act: Act): Promise<ActOutcome> {
    if (act.work === 'simulate') this.#by = 'simulate';
    await this.#prepare(act);
    const outcome = await (act.fault.kind === 'damage' ? this.#damage(act, act.fault) : this.#strike(act, act.fault));
    // What feeds, is brought to its end: others read what it made.
    if (act.work === 'produce' || act.work === 'simulate') await this.#feedNext();
    if (act.work === 'reference') await this.#flow.reference();
    return outcome;
  }

  get #parts(): number {
    return Math.min(...this.#ground.datasets.map(({ parts }) => parts.length));
  }

  async #feedNext(): Promise<void> {
    if (this.#fed >= this.#parts) return;
    if (!this.#hasReference) await this.#flow.reference();
    this.#hasReference = true;
    await this.#flow.feed(this.#ground.datasets, this.#fed, this.#by);
    this.#by = undefined;
    this.#fed += 1;
  }

  /** Work must be there for the process: what is before it in the flow is done, in peace. */
  async #prepare({ work, fault }: Act): Promise<void> {
    if (work === 'deliver' || work === 'job') while (this.#fed < this.#parts - 1) await this.#feedNext();
    const trims = fault.kind === 'strike' && fault.pastRetention === true;
    if (work === 'job' || trims) await this.#flow.deliver();
  }

  async #damage({ work, fault }: Act, damage: Fault & { kind: 'damage' }): Promise<ActOutcome> {
    const { deliver, jobs } = this.#flow;
    const result = await damageAndFind(this.#flow, damage, work === 'job' ? jobs : deliver, this.#random);
    if (result === undefined) return { work, fault, ended: 'nothing to damage' };
    this.violated('damage', ...result.problems);
    return { work, fault, struckAt: 'damage', ended: result.found[0]?.split(/[ :]/)[0] ?? 'survived silently' };
  }

  async #strike({ work, fault }: Act, struck: Exclude<Fault, { kind: 'damage' }>): Promise<ActOutcome> {
    const { settings, datasets, child } = this.#ground;
    const commands = commandsOf(work, settings, datasets, this.#fed);
    const words = commands[this.#random.uint32() % Math.max(1, commands.length)];
    if (words === undefined) return { work, fault, ended: 'nothing to do' };
    const place = await wordsOfHome(settings.profile, this.#home, this.#flow.engine.effects);
    const command = { ...child, arguments: [...words, ...place, '--json'] };
    const lake = await this.#flow.engine.lake();
    const { plan, blow } = this.#planOf(work, struck);
    const twin = struck.kind === 'twins' ? runStruck(command, plan, blow) : undefined;
    const running = await runStruck(command, plan, blow);
    // Who is stopped at a drawn moment may hold a lock of SQLite, which keeps all others waiting: it goes on where it stood.
    const isOvertaken = struck.kind === 'strike' && struck.signal === 'SIGSTOP' && running.struckAt !== undefined;
    if (isOvertaken) await this.#overtake(work);
    const before = await readDecisions(lake);
    const end = await running.finish();
    const twinEnd = await (await twin)?.finish();
    this.violated('decisions', ...contradicted(before, await readDecisions(lake)));
    for (const each of [end, twinEnd])
      if (each !== undefined)
        this.violated(
          'failures',
          ...endProblems(each, struck, isOvertaken).map((problem) => `${words.join(' ')}: ${problem}`),
        );
    const { struckAt } = running;
    return { work, fault, ...(struckAt === undefined ? {} : { struckAt }), ended: endedAs(end) };
  }

  #planOf(work: Act['work'], fault: Exclude<Fault, { kind: 'damage' }>): { plan: FaultPlan; blow?: Blow } {
    const home = this.#home;
    switch (fault.kind) {
      case 'strike': {
        const { step, nth, signal, pastRetention } = fault;
        const clock = pastRetention === true ? { clock: { jumpMs: pastRetentionMs, atReading: 1 } } : {};
        return { plan: { home, strike: { step, nth, signal }, ...clock } };
      }
      case 'moment':
        return { plan: { home }, blow: { afterMs: fault.afterMs, signal: fault.signal } };
      case 'storage': {
        const writesLog = work === 'produce' || work === 'simulate';
        const reads = fault.storage === 'unreadable';
        const area = writesLog || (reads && work === 'deliver') ? 'log' : 'lake';
        return { plan: { home, storage: { kind: fault.storage, area, at: fault.at } } };
      }
      case 'clock':
        return { plan: { home, clock: { jumpMs: fault.jumpMs, atReading: fault.atReading } } };
      case 'twins':
        return { plan: { home } };
    }
  }

  /** Another process does the stopped one's work, and goes on with more. */
  async #overtake(work: Act['work']): Promise<void> {
    await takeLeasesAway(await this.#flow.engine.lake());
    if (work === 'reference') return this.#flow.reference();
    await this.#feedNext();
    await this.#flow.deliver();
    if (work === 'job') await this.#flow.jobs();
  }
}
