import { PlayheadError } from '../base/errors.ts';
import type { TimeRange } from './cells-sql.ts';
import { CountJudge } from './count-judge.ts';
import { type DetectorDefinition, type Measure, warmUpOf } from './definition.ts';
import type { Judge, Readiness } from './evidence.ts';
import { explanations, isSame, judged, type Look, readiness } from './explain.ts';
import { type FoundIncident, foundIncident, IncidentBook } from './incident.ts';
import type { Looks } from './looks.ts';
import { RatioJudge } from './ratio-judge.ts';
import { RecentCells } from './recent-cells.ts';
import { type Cell, columnsOf, type Series, SeriesTable } from './series.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

interface WatchedMeasure {
  readonly name: string;
  readonly columns: readonly number[];
  readonly judge: Judge;
  readonly book: IncidentBook;
  /** Not judged before. */
  readonly warmUpMs: number;
  /** 1 for the steps of an incident: they are not what is usual. */
  readonly wasIncident: Uint8Array;
  /** Whether each step could be judged, of everything together; undefined where it was not looked at. */
  readonly readiness: (Readiness | undefined)[];
  /** The series that it is judged on. */
  wanted(): readonly Series[];
}

/**
 * Watches a detector's cells go by in the order of time, as they would come in live: each step is judged from what was
 * before it alone. The usual is learned anew every day at midnight UTC, and on the first day of the range every hour.
 */
export class Watch {
  readonly #detector: DetectorDefinition;
  readonly #range: TimeRange;
  readonly #table: SeriesTable;
  readonly #cells: RecentCells;
  readonly #measures: readonly WatchedMeasure[];
  readonly #windows: readonly number[];
  #done = 0;

  /** The range holds what is learned from as well: at least a measure's warm-up before what can be judged. PH_USAGE. */
  constructor(detector: DetectorDefinition, range: TimeRange) {
    const { stepMs, windowsMs } = detector;
    const steps = (range.toMs - range.fromMs) / stepMs;
    if (!Number.isSafeInteger(steps) || steps <= 0 || range.fromMs % stepMs !== 0)
      throw new PlayheadError('PH_USAGE', `the range is not one of whole steps of ${stepMs} ms`);
    this.#detector = detector;
    this.#range = range;
    this.#windows = windowsMs.map((ms) => ms / stepMs);
    this.#table = new SeriesTable(detector, { firstStep: range.fromMs / stepMs, steps });
    this.#cells = new RecentCells(Math.max(...this.#windows));
    let column = 0;
    this.#measures = Object.entries(detector.measures).map(([name, measure]) => {
      const columns = Array.from({ length: columnsOf[measure.measure] }, (_, i) => column + i);
      column += columns.length;
      return this.#watched(name, measure, columns, steps);
    });
  }

  #watched(name: string, measure: Measure, columns: readonly number[], steps: number): WatchedMeasure {
    const { dimensions, stepMs, learnMs } = this.#detector;
    const { leastChange = this.#detector.sensitivity.leastChange } = measure;
    const sensitivity = { ...this.#detector.sensitivity, leastChange };
    const places = [-1, ...measure.by.map((dimension) => Object.keys(dimensions).indexOf(dimension))];
    const wanted = (): readonly Series[] => [...this.#table.all].filter(({ dimension }) => places.includes(dimension));
    const msOfDay = (at: number): number => (this.#range.fromMs + at * stepMs) % dayMs;
    const learnSteps = learnMs / stepMs;
    const [first = 0, second = 0] = columns;
    const judge =
      measure.measure === 'ratio'
        ? new RatioJudge({
            columns: [first, second],
            all: wanted,
            hourOf: (at) => Math.floor(msOfDay(at) / hourMs),
            learnSteps,
            sensitivity,
          })
        : new CountJudge({
            column: first,
            wanted,
            windows: this.#windows,
            stepsPerDay: dayMs / stepMs,
            phaseOf: (at) => msOfDay(at) / stepMs,
            learnSteps,
            sensitivity,
          });
    const warmUpMs = warmUpOf(this.#detector, measure);
    return {
      name,
      columns,
      judge,
      wanted,
      warmUpMs,
      book: new IncidentBook(stepMs),
      wasIncident: new Uint8Array(steps),
      readiness: Array.from({ length: steps }),
    };
  }

  /** A cell of the current step or a later one: what lies before it is complete, and is judged. */
  add(cell: Cell): void {
    this.#judgeUpTo(cell.step - this.#table.firstStep);
    this.#table.add(cell);
    this.#cells.add(cell);
  }

  /** Judges the rest of the range. Returns all incidents, in the order in which they were raised. */
  end(): readonly FoundIncident[] {
    this.#judgeUpTo(this.#table.steps);
    const { fromMs: firstMs, toMs: endMs } = this.#range;
    return this.#measures
      .flatMap(({ name, book }) =>
        book.raised.map((incident) => foundIncident(this.#detector, name, incident, { firstMs, endMs })),
      )
      .sort((a, b) => a.raisedMs - b.raisedMs);
  }

  /** What was judged from `fromMs` on, and why the rest was not; once the range has ended. */
  looks(fromMs: number): readonly Looks[] {
    const from = Math.max(0, (fromMs - this.#range.fromMs) / this.#detector.stepMs);
    return this.#measures.map(({ name, readiness: ready, warmUpMs }) => {
      const asked = ready.slice(from);
      const of = (how: Readiness | undefined): number => asked.filter((each) => each === how).length;
      return {
        measure: name,
        young: of(undefined),
        oldEnoughMs: this.#range.fromMs + warmUpMs,
        judged: of('judged'),
        unlearned: of('unlearned'),
        few: of('few'),
      };
    });
  }

  #judgeUpTo(end: number): void {
    const { stepMs } = this.#detector;
    for (; this.#done < Math.min(end, this.#table.steps); this.#done += 1) {
      const [knownMs, atMs] = [this.#done * stepMs, this.#range.fromMs + this.#done * stepMs];
      const warm = this.#measures.filter(({ warmUpMs }) => knownMs >= warmUpMs);
      const isDue = atMs % (knownMs < dayMs ? hourMs : dayMs) === 0;
      for (const { judge, wasIncident, warmUpMs } of warm)
        if (isDue || knownMs - warmUpMs < stepMs) judge.learn(this.#done, wasIncident);
      if (warm.length > 0) this.#judgeStep(warm, this.#done + 1);
    }
  }

  /** Judges the windows that end before the step `end`. */
  #judgeStep(measures: readonly WatchedMeasure[], end: number): void {
    const { sensitivity, stepMs } = this.#detector;
    const wanted = measures.map((measure) => measure.wanted());
    const looks = wanted.reduce((sum, { length }) => sum + length, 0) * this.#windows.length;
    // Bonferroni's correction: all looks of a day share the false alarms that are accepted.
    const level = sensitivity.falseAlarmsPerDay / (looks * (dayMs / stepMs));
    for (const [i, measure] of measures.entries()) {
      const look: Look = {
        judge: measure.judge,
        columns: measure.columns,
        cells: this.#cells,
        end,
        endStep: this.#table.firstStep + end,
        windows: this.#windows,
        level,
      };
      this.#judgeMeasure(measure, look, wanted[i] ?? []);
    }
  }

  #judgeMeasure({ book, wasIncident, readiness: ready }: WatchedMeasure, look: Look, wanted: readonly Series[]): void {
    const { end } = look;
    const whole = wanted.find(({ dimension }) => dimension === -1);
    if (whole !== undefined) ready[end - 1] = readiness(look, whole);
    const evidence = wanted.flatMap((series) => judged(look, series) ?? []);
    book.look((series) => readiness(look, series) === 'judged');
    for (const incident of book.recent(end))
      if (evidence.some(({ series }) => series === incident.series)) book.goesOn(incident, end);
    for (const found of explanations(look, evidence)) {
      const same = book.recent(end).filter(({ series }) => isSame(look, series, found.series));
      book.found(found, same, end);
    }
    book.forgetSuspects();
    book.mark(wasIncident, end);
  }
}
