import { counted, formatCount } from '../base/units.ts';
import { type FindingKind, findingKinds, type Place, type Sample } from '../check/reconcile/findings.ts';
import { agrees } from '../check/reconcile/reconcile.ts';
import type { Reconciliation } from '../check/reconcile/settings.ts';
import { type GridColumn, grid } from './grid.ts';
import type { Output, Style } from './output.ts';

const meanings: Readonly<Record<FindingKind, string>> = {
  missing: 'in the stream, not in the lake',
  doubled: 'more often in the lake than in the stream',
  altered: 'in both, with another content',
  extra: 'in the lake, not in the stream',
};

interface Compared {
  readonly stream: string;
  readonly lake: string;
  readonly key: readonly string[];
}

/** The comparison as a screen: what was compared, the differences by kind, by hour, and samples to look at. */
export function reconciliationText(found: Reconciliation, compared: Compared, { style, columns }: Output): string {
  const { counts } = found;
  const width = Math.max(
    ...findingKinds.map((kind) => formatCount(counts[kind]).length),
    formatCount(counts.whole).length,
  );
  const line = (name: string, count: number, meaning: string, paint: (text: string) => string): string =>
    `  ${paint(`${name.padEnd(9)}${formatCount(count).padStart(width)}`)}   ${style.dim(meaning)}`;
  return [
    `${style.bold(`${compared.stream} against ${compared.lake}`)} ${style.dim(`by ${compared.key.join(', ')}`)}`,
    `  ${formatCount(counts.stream)} records in the stream, ${formatCount(counts.lake)} in the lake (${counted(found.objects, 'object')})`,
    '',
    line('whole', counts.whole, 'in both, alike', (text) => text),
    ...findingKinds.map((kind) => line(kind, counts[kind], meanings[kind], counts[kind] > 0 ? style.red : style.dim)),
    ...remarks(found).map((remark) => `  ${style.yellow('!')} ${remark}`),
    ...hours(found, style, columns),
    ...samples(found, style),
    '',
    agrees(found)
      ? `${style.green('✓')} the lake holds every record of the stream, once and as it was sent`
      : `${style.red('✗')} the lake is not what the stream was`,
  ].join('\n');
}

function remarks({ counts, withoutKey, trimmed, erased, aside, tombstones }: Reconciliation): string[] {
  const lines: string[] = [];
  if (counts.deduplicated > 0)
    lines.push(
      `${counted(counts.deduplicated, 'repetition')} in the stream, of the same key and content, which the lake holds once`,
    );
  if (withoutKey.stream + withoutKey.lake > 0)
    lines.push(
      `without the key, compared by their bytes: ${formatCount(withoutKey.stream)} of the stream, ${formatCount(withoutKey.lake)} of the lake`,
    );
  if (trimmed > 0)
    lines.push(
      `the topic no longer holds its first ${counted(trimmed, 'position')}: their records in the lake count as extra; --from leaves them out`,
    );
  if (erased > 0)
    lines.push(`${counted(erased, 'record')} of the topic were erased: those that the lake still holds count as extra`);
  if (aside > 0)
    lines.push(
      `${counted(aside, 'record')} of the topic could not be parsed: set aside by the delivery (\`playhead quarantine\`), and not compared`,
    );
  if (tombstones > 0)
    lines.push(
      `${counted(tombstones, 'record')} of the topic have no value, and were not compared: a lake can't hold them`,
    );
  return lines;
}

/** Only hours with a difference: the others are as they should be. */
function hours({ byHour }: Reconciliation, { dim, red }: Style, maxWidth: number): string[] {
  const bad = byHour.filter(({ counts }) => findingKinds.some((kind) => counts[kind] > 0));
  if (bad.length === 0) return [];
  const titles: GridColumn[] = [
    { title: 'hour (UTC)' },
    ...['stream', 'lake', ...findingKinds].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = bad.map(({ hourMs, counts }) => [
    hourMs === undefined ? 'unknown' : new Date(hourMs).toISOString().slice(0, 13).replace('T', ' '),
    formatCount(counts.stream),
    formatCount(counts.lake),
    ...findingKinds.map((kind) => ({
      text: formatCount(counts[kind]),
      paint: counts[kind] > 0 ? red : dim,
    })),
  ]);
  return ['', grid(titles, rows, { indent: '  ', maxWidth, paint: { header: dim, rule: dim } })];
}

function samples({ samples: found, alteredFields }: Reconciliation, style: Style): string[] {
  const fields = alteredFields.map(({ field, records }) => `${field} (${formatCount(records)})`).join(', ');
  return findingKinds.flatMap((kind) => {
    const own = found.filter((sample) => sample.kind === kind);
    if (own.length === 0) return [];
    const heading = kind === 'altered' && fields !== '' ? `${kind}, in ${fields}` : kind;
    return ['', `  ${style.bold(heading)}`, ...own.flatMap((sample) => sampleText(sample, style))];
  });
}

function sampleText({ key, stream, lake = [], fields = [] }: Sample, { dim }: Style): string[] {
  const places = [
    ...(stream === undefined ? [] : [`stream ${placeText(stream)}`]),
    ...lake.map((place) => `lake ${placeText(place)}`),
  ];
  return [
    `    ${key}  ${dim(places.join(' · '))}`,
    ...fields.map(({ field, stream: sent, lake: held }) => `      ${field}: ${valueText(sent)} → ${valueText(held)}`),
  ];
}

function placeText({ container, at }: Place): string {
  return `${container}:${at}`;
}

function valueText(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
