import { PlayheadError } from '../../base/errors.ts';
import type { ProducedBatch } from '../../record/batch.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import type { SessionsSource } from '../definition.ts';
import type { ReplayableSource, SourcedBatch } from '../source.ts';
import { eventKinds, rowVariantNumber, rowVariants, rowWord, rowWords } from './event-rows.ts';
import type { FieldMapping } from './fields.ts';
import { isLabelledFact } from './fields.ts';
import { checkInjection, type Injection } from './injection.ts';
import { type InvalidForm, invalidate, invalidForms } from './invalid.ts';
import { sessionWord } from './live-sessions.ts';
import { type MalformedForm, malform, malformedForms } from './malformed.ts';
import { piecesOf } from './record-program.ts';
import { RecordRenderer, rowsFetched } from './record-renderer.ts';
import { fingerprint, type Reference } from './reference.ts';
import { hash2, hashText } from './session-random.ts';
import { SessionSimulator, type SlotEvents } from './session-simulator.ts';
import type { TruthSink } from './truth.ts';

export interface SessionSourceSettings {
  /** Address of the source: the first part of its identity in the log. */
  readonly address: string;
  readonly definition: SessionsSource;
  /** The record field that is the partition key. */
  readonly key?: string;
  /** Events a second at every hour, in place of the daily curve. */
  readonly rate?: number;
  readonly injection?: Injection;
}

/** Time is simulated, appended and resumed in slots of this length. */
export const slotMs = 300_000;
const hourMs = 3_600_000;
const recordsPerBatch = 4096;
/** Records that share a batch with a malformed one: the others stay checked. */
const recordsPerDirtyBatch = 256;

/**
 * Sessions as records under an identity. Each slot of five minutes is a source of its own (`media.viewers/…/2025-08-11T13:05Z`)
 * whose sequence counts its records from 0 in order of arrival. So slots can be produced in any order, again, or by
 * several processes, and the log holds each record once. Another simulation (seed, model, mapping, reference data, rate
 * or injection) has another name: its records are others.
 */
export class SessionSource implements ReplayableSource {
  readonly name: string;
  readonly simulator: SessionSimulator;
  readonly #renderer: RecordRenderer;
  readonly #keyed: boolean;
  readonly #malforms: boolean;
  /** For batches that are vouched for; used again for each, because it keeps its size. */
  readonly #checked: BatchBuilder;
  readonly #eventIdPrefix: string;
  readonly #truth: TruthSink | undefined;
  readonly #titles: readonly string[];
  #titleIds: ReadonlySet<string> | undefined;

  /** Throws PH_CONFIG_INVALID, PH_REFERENCE_MISSING and PH_USAGE for settings that cannot be simulated. */
  constructor(settings: SessionSourceSettings, reference: Reference, truth?: TruthSink) {
    const { definition, rate, key } = settings;
    const injection = checkInjection(settings.injection ?? {});
    const identity = identityOf(settings, reference);
    const name = hash2(identity, hashText(JSON.stringify(injection))) >>> 0;
    this.name = `${settings.address}/${definition.seed}-${name.toString(16).padStart(8, '0')}`;
    this.simulator = new SessionSimulator(
      {
        seed: definition.seed,
        model: definition.model,
        eventsPerDay: rate === undefined ? definition.eventsPerDay : rate * 86_400,
        flat: rate !== undefined,
        injection,
        slotMs,
        identity,
      },
      reference,
    );
    const { audience, planner, ids, live } = this.simulator;
    const sources = {
      reference,
      vocabulary: planner.compiled.vocabulary,
      addresses: audience.addresses,
      isps: audience.isps,
    };
    this.#renderer = new RecordRenderer(piecesOf(definition.fields, key, sources), sources, ids.event, live);
    this.#keyed = key !== undefined;
    this.#malforms = injection.malformed !== undefined;
    this.#checked = this.#builder(true, recordsPerBatch);
    this.#eventIdPrefix = prefixOf(definition.fields, 'event.id');
    this.#truth = truth;
    this.#titles = reference.titles.ids;
  }

  /** Name of the source that a slot's records are appended under. */
  sourceOf(slotStartMs: number): string {
    return `${this.name}/${new Date(slotStartMs).toISOString().slice(0, 16)}Z`;
  }

  /** From and until are ISO times on whole slots: PH_USAGE otherwise. */
  *read(from: string, until: string): Generator<SourcedBatch> {
    const [fromMs, untilMs] = [slotTime(from), slotTime(until)];
    for (let startMs = fromMs; startMs < untilMs; startMs += slotMs) yield* this.slot(startMs);
  }

  /** The records that arrive in one slot. */
  *slot(startMs: number): Generator<SourcedBatch> {
    const source = this.sourceOf(startMs);
    let firstSequence = 0n;
    for (const batch of this.#batches(this.simulator.events(startMs / slotMs), source)) {
      yield { source, firstSequence, batch };
      firstSequence += BigInt(batch.count);
    }
  }

  /** The batch of a slot has been taken in and is read no more: a later one may be written over it. */
  giveBack(batch: ProducedBatch): void {
    this.#checked.giveBack(batch);
  }

  *#batches(events: SlotEvents, source: string): Generator<ProducedBatch> {
    const { rows, order } = events;
    let from = 0;
    while (from < order.length) {
      const most = Math.min(order.length, from + recordsPerBatch);
      const malformed = this.#malforms ? firstMalformed(events, from, most) : most;
      const dirty = malformed === from;
      const to = dirty ? Math.min(order.length, from + recordsPerDirtyBatch) : malformed;
      const builder = dirty ? this.#builder(false, recordsPerDirtyBatch) : this.#checked;
      for (let i = from; i < to; i += 1) {
        if ((i - from) % rowsFetched === 0) this.#renderer.fetch(rows.words, order, i, Math.min(to, i + rowsFetched));
        const row = (order[i] ?? 0) * rowWords;
        this.#add(builder, events, row, source, i);
        this.simulator.live.release(rows.words[row + rowWord.session] ?? 0, 1);
      }
      yield builder.take();
      from = to;
    }
  }

  #builder(checkedObjects: boolean, records: number): BatchBuilder {
    const { maxBytes } = this.#renderer;
    const capacityBytes = Math.ceil(records * maxBytes * 0.9) + maxBytes;
    return new BatchBuilder({ lineFramed: true, checkedObjects, keyed: this.#keyed, capacityBytes });
  }

  #add(builder: BatchBuilder, { startMs, rows }: SlotEvents, row: number, source: string, sequence: number): void {
    const { words } = rows;
    const variant = words[row + rowWord.variant] ?? 0;
    const arrivalMs = startMs + (words[row + rowWord.arrival] ?? 0);
    if (this.#truth !== undefined) this.#tell(this.#truth, words, row, startMs, source, sequence);
    if (variant === rowVariantNumber.malformed || variant === rowVariantNumber.invalid) {
      this.#addSpoiled(builder, words, row, startMs, arrivalMs);
      return;
    }
    if (variant === rowVariantNumber.conflict) {
      words[row + rowWord.errors] = (words[row + rowWord.errors] ?? 0) + 1;
      words[row + rowWord.watched] = (words[row + rowWord.watched] ?? 0) + 1;
    }
    const at = builder.reserve(this.#renderer.maxBytes);
    const end = this.#renderer.render(builder.bytes, at, startMs, words, row);
    builder.close(end, arrivalMs, this.#renderer.keyStart, this.#renderer.keyEnd);
  }

  #addSpoiled(builder: BatchBuilder, words: Int32Array, row: number, startMs: number, arrivalMs: number): void {
    const bytes = new Uint8Array(this.#renderer.maxBytes);
    const end = this.#renderer.render(bytes, 0, startMs, words, row);
    const key = bytes.slice(this.#renderer.keyStart, this.#renderer.keyEnd);
    const record = bytes.subarray(0, end);
    const isMalformed = words[row + rowWord.variant] === rowVariantNumber.malformed;
    const spoiled = isMalformed ? malform(record, this.#malformedForm(words, row)) : this.#invalid(record, words, row);
    builder.add(spoiled, arrivalMs, key);
  }

  #invalid(record: Uint8Array, words: Int32Array, row: number): Uint8Array {
    this.#titleIds ??= new Set(this.#titles);
    const session = words[row + rowWord.session] ?? 0;
    const title = this.#titles[this.simulator.live.words[session + sessionWord.title] ?? 0] ?? '';
    return invalidate(record, this.#invalidForm(words, row), title, this.#titleIds);
  }

  #malformedForm(words: Int32Array, row: number): MalformedForm {
    return malformedForms[this.#drawOf(words, row) % malformedForms.length] ?? 'truncated';
  }

  #invalidForm(words: Int32Array, row: number): InvalidForm {
    return invalidForms[this.#drawOf(words, row) % invalidForms.length] ?? 'wrong-type';
  }

  #drawOf(words: Int32Array, row: number): number {
    const [high, low] = this.#sequenceOf(words, row);
    return hash2(high, low) >>> 0;
  }

  #sequenceOf(words: Int32Array, row: number): [high: number, low: number] {
    const session = words[row + rowWord.session] ?? 0;
    const { words: sessions } = this.simulator.live;
    const high = (sessions[session + sessionWord.sequenceHigh] ?? 0) + (words[row + rowWord.step] ?? 0);
    return [high, sessions[session + sessionWord.sequenceLow] ?? 0];
  }

  #tell(truth: TruthSink, words: Int32Array, row: number, startMs: number, source: string, sequence: number): void {
    const variant = rowVariants[words[row + rowWord.variant] ?? 0] ?? 'clean';
    const arrivalMs = startMs + (words[row + rowWord.arrival] ?? 0);
    const eventTimeMs = startMs + (words[row + rowWord.time] ?? 0);
    truth.arrived(Math.floor(arrivalMs / hourMs) * hourMs, variant);
    if (variant === 'clean' || variant === 'late' || variant === 'out-of-order')
      truth.tookPlace(Math.floor(eventTimeMs / hourMs) * hourMs, eventKinds[words[row + rowWord.kind] ?? 0] ?? 'start');
    if (variant === 'clean') return;
    const { event } = this.simulator.ids;
    event.permute64(...this.#sequenceOf(words, row));
    const hex = (word: number): string => word.toString(16).padStart(8, '0');
    truth.injected({
      injected: variant,
      source,
      sequence: BigInt(sequence),
      eventId: `${this.#eventIdPrefix}${hex(event.high)}${hex(event.low)}`,
      eventTimeMs,
      arrivalMs,
      ...(variant === 'malformed' ? { form: this.#malformedForm(words, row) } : {}),
      ...(variant === 'invalid' ? { form: this.#invalidForm(words, row) } : {}),
    });
  }
}

/** The first malformed row in [from, end), else the end. */
function firstMalformed({ rows, order }: SlotEvents, from: number, end: number): number {
  for (let i = from; i < end; i += 1) {
    if (rows.words[(order[i] ?? 0) * rowWords + rowWord.variant] === rowVariantNumber.malformed) return i;
  }
  return end;
}

/**
 * One word that differs when anything does that events depend on. Delays and copies don't count: with and without them
 * the events are the same, under the same ids. Incidents change events.
 */
function identityOf(settings: SessionSourceSettings, reference: Reference): number {
  const { definition, key, rate, injection } = settings;
  const { model, fields, eventsPerDay, seed } = definition;
  const text = JSON.stringify([
    model,
    fields,
    eventsPerDay,
    seed,
    key ?? null,
    rate ?? null,
    injection?.incidents ?? [],
  ]);
  return hash2(hashText(text), fingerprint(reference)) >>> 0;
}

function prefixOf(fields: FieldMapping, fact: string): string {
  for (const source of Object.values(fields)) {
    if (typeof source === 'string') continue;
    if (isLabelledFact(source)) {
      if (source.fact === fact) return source.prefix ?? '';
    } else {
      const inner = prefixOf(source as FieldMapping, fact); // a constant has no fields that name a fact
      if (inner !== '') return inner;
    }
  }
  return '';
}

function slotTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms % slotMs !== 0)
    throw new PlayheadError('PH_USAGE', `${text} is not a whole slot: an ISO time on a multiple of five minutes`);
  return ms;
}
