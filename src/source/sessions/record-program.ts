import { PlayheadError } from '../../base/errors.ts';
import { eventKinds, rowWord } from './event-rows.ts';
import { type FieldMapping, type FieldSource, factsOf, isConstantField, isFactName, isLabelledFact } from './fields.ts';
import { sessionWord } from './live-sessions.ts';
import type { Reference } from './reference.ts';
import type { SessionVocabulary } from './session-plan.ts';

/** What number a prepared text is looked up by. */
export type TextIndex = 'viewer' | 'title' | 'kind' | 'device' | 'os' | 'quality' | 'connection';

/** Numbers that are written digit by digit. */
export type WrittenFact =
  | 'eventId'
  | 'sessionId'
  | 'deviceId'
  | 'time'
  | 'timeMs'
  | 'startTime'
  | 'release'
  | 'playhead'
  | 'watched'
  | 'stalls'
  | 'stallSeconds'
  | 'errors'
  | 'completion'
  | 'bandwidth';

/** A stretch of a record: fixed bytes, a text chosen by a number, a number, or the edge of the key. */
export type Piece =
  | { readonly piece: 'literal'; readonly text: string }
  | { readonly piece: 'text'; readonly index: TextIndex; readonly of: (n: number) => string }
  | { readonly piece: 'number'; readonly fact: WrittenFact }
  | { readonly piece: 'key-start' }
  | { readonly piece: 'key-end' };

/** What the texts of facts are taken from. */
export interface FactSources {
  readonly reference: Reference;
  readonly vocabulary: SessionVocabulary;
  readonly addresses: readonly string[];
  readonly isps: readonly string[];
}

/** A mapping as pieces in the order in which they are written. PH_CONFIG_INVALID names every fact that is not one. */
export function piecesOf(mapping: FieldMapping, key: string | undefined, sources: FactSources): Piece[] {
  const unknown = factsOf(mapping).filter(({ fact }) => !isFactName(fact));
  if (unknown.length > 0) {
    throw new PlayheadError(
      'PH_CONFIG_INVALID',
      unknown.map(({ path, fact }) => `fields.${path}: there is no fact ${JSON.stringify(fact)}`).join('; '),
    );
  }
  if (key !== undefined && mapping[key] === undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', `the key ${key} is not among the mapped fields`);
  return joinedLiterals([...objectPieces(mapping, key, sources), { piece: 'literal', text: '\n' }]);
}

/** One operation for fixed bytes that follow each other. */
function joinedLiterals(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece.piece === 'literal' && last?.piece === 'literal')
      joined[joined.length - 1] = { piece: 'literal', text: last.text + piece.text };
    else joined.push(piece);
  }
  return joined;
}

function objectPieces(mapping: FieldMapping, key: string | undefined, sources: FactSources): Piece[] {
  const pieces: Piece[] = [];
  let before = '{';
  for (const [field, source] of Object.entries(mapping)) {
    pieces.push({ piece: 'literal', text: `${before}${JSON.stringify(field)}:` });
    pieces.push(...valuePieces(source, field === key, sources));
    before = ',';
  }
  pieces.push({ piece: 'literal', text: before === '{' ? '{}' : '}' });
  return pieces;
}

function valuePieces(source: FieldSource, isKey: boolean, sources: FactSources): Piece[] {
  if (typeof source !== 'string') {
    if (isConstantField(source)) return [{ piece: 'literal', text: JSON.stringify(source.constant) }];
    if (!isLabelledFact(source)) return objectPieces(source, undefined, sources);
  }
  const { fact, prefix = '', labels = {} } = typeof source === 'string' ? { fact: source } : source;
  const { value, quoted } = factPiece(fact, sources);
  const inner: Piece[] = [];
  if (prefix !== '') inner.push({ piece: 'literal', text: escaped(prefix) });
  inner.push(value.piece === 'text' ? { ...value, of: (n) => escaped(labelled(value.of(n), labels)) } : value);
  const bounded: Piece[] = isKey ? [{ piece: 'key-start' }, ...inner, { piece: 'key-end' }] : inner;
  const quote: Piece = { piece: 'literal', text: '"' };
  return quoted || prefix !== '' ? [quote, ...bounded, quote] : bounded;
}

function labelled(text: string, labels: Readonly<Record<string, string>>): string {
  return Object.hasOwn(labels, text) ? (labels[text] ?? text) : text;
}

/** Letters, digits and plain punctuation stand in JSON as they are: nearly every text, of hundreds of thousands. */
const plainText = /^[\w .:/+&-]*$/;

function escaped(text: string): string {
  return plainText.test(text) ? text : JSON.stringify(text).slice(1, -1);
}

type TextPiece = Extract<Piece, { piece: 'text' }>;
type NumberPiece = Extract<Piece, { piece: 'number' }>;

interface FactPiece {
  readonly value: TextPiece | NumberPiece;
  readonly quoted: boolean;
}

const written = (fact: WrittenFact, quoted: boolean) => (): FactPiece => ({ value: { piece: 'number', fact }, quoted });
const text =
  (index: TextIndex, of: (sources: FactSources) => ArrayLike<string | number>, quoted = true) =>
  (sources: FactSources): FactPiece => {
    const values = of(sources);
    return { value: { piece: 'text', index, of: (n) => String(values[n] ?? '') }, quoted };
  };

const facts: Readonly<Record<string, (sources: FactSources) => FactPiece>> = {
  'event.id': written('eventId', true),
  'event.kind': text('kind', () => eventKinds),
  'event.time': written('time', true),
  'event.timeMs': written('timeMs', false),
  'session.id': written('sessionId', true),
  'session.startTime': written('startTime', true),
  'viewer.id': text('viewer', ({ reference }) => reference.viewers.ids),
  'viewer.tier': text('viewer', ({ reference }) => reference.viewers.tiers),
  'viewer.country': text('viewer', ({ reference }) => reference.viewers.countries),
  'viewer.timezone': text('viewer', ({ reference }) => reference.viewers.timezones),
  'title.id': text('title', ({ reference }) => reference.titles.ids),
  'title.type': text('title', ({ reference }) => reference.titles.types),
  'title.genre': text('title', ({ reference }) => reference.titles.genres),
  'title.seconds': text('title', ({ reference }) => reference.titles.seconds, false),
  'device.id': written('deviceId', true),
  'device.type': text('device', ({ vocabulary }) => vocabulary.devices),
  'device.os': text('os', ({ vocabulary }) => vocabulary.oses),
  'app.version': written('release', true),
  'playhead.seconds': written('playhead', false),
  'watch.seconds': written('watched', false),
  'completion.percent': written('completion', false),
  quality: text('quality', ({ vocabulary }) => vocabulary.qualities),
  'bandwidth.mbps': written('bandwidth', false),
  'stalls.count': written('stalls', false),
  'stalls.seconds': written('stallSeconds', false),
  'errors.count': written('errors', false),
  'network.address': text('viewer', ({ addresses }) => addresses),
  'network.isp': text('viewer', ({ isps }) => isps),
  'network.connection': text('connection', ({ vocabulary }) => vocabulary.connections),
};

function factPiece(fact: string, sources: FactSources): FactPiece {
  const known = facts[fact];
  if (known !== undefined) return known(sources);
  const [table, , column = ''] = fact.split('.');
  const { viewers, titles } = sources.reference;
  const values = (table === 'viewer' ? viewers.columns : titles.columns)[column];
  if (values === undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', `the ${table} table was read without its column ${column}`);
  return text(table === 'viewer' ? 'viewer' : 'title', () => values)(sources);
}

/** How many numbers each index runs over. */
export function indexSizes({ reference, vocabulary }: FactSources): Readonly<Record<TextIndex, number>> {
  return {
    viewer: reference.viewers.count,
    title: reference.titles.count,
    kind: eventKinds.length,
    device: vocabulary.devices.length,
    os: vocabulary.oses.length,
    quality: vocabulary.qualities.length,
    connection: vocabulary.connections.length,
  };
}

/** Where a text's number stands: in the row, or in the session. */
export const indexWords: Readonly<Record<TextIndex, { readonly row: boolean; readonly word: number }>> = {
  viewer: { row: false, word: sessionWord.viewer },
  title: { row: false, word: sessionWord.title },
  kind: { row: true, word: rowWord.kind },
  device: { row: false, word: sessionWord.device },
  os: { row: false, word: sessionWord.os },
  quality: { row: false, word: sessionWord.quality },
  connection: { row: false, word: sessionWord.connection },
};
