import { drawChart } from './chart.ts';
import type { FigureColumn } from './definition.ts';
import { figureText, instantOf, type Row } from './figure.ts';
import { anchor, escaped } from './html-text.ts';
import { pageStyle } from './style.ts';
import { type Block, figureColumns, type Part, type ReportPage, type View } from './view.ts';

/** Renders a report as one HTML file that needs nothing beside itself: no script, no font, no picture from elsewhere. */
export function renderPage({ title, pipeline, day, madeAtMs, parts }: ReportPage): string {
  const of = day === undefined ? '' : dayText(day);
  const made = `${new Date(madeAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped([title, day].filter(Boolean).join(', '))}</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<header class="page">
<h1>${escaped(title)}</h1>
<p class="faint">${escaped([of, `pipeline ${pipeline}`, 'times in UTC'].filter(Boolean).join(' · '))}</p>
<nav aria-label="Sections">${parts.map((part) => `<a href="#${anchor(part.title)}">${escaped(part.title)}</a>`).join('')}</nav>
</header>
<main>
${parts.map(renderPart).join('\n')}
</main>
<footer>Made by Playhead at ${made}. This file holds all that it shows, and asks nothing of the network.</footer>
</body>
</html>
`;
}

function dayText(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return date.toLocaleDateString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

function renderPart({ title, text, blocks }: Part): string {
  const tiles = blocks.filter(({ view }) => view.panel === 'figures').map(renderFigures);
  const cards = blocks.filter(({ view }) => view.panel !== 'figures');
  // A card alone in its row takes the whole of it.
  const narrow = cards.map(({ view }) => !isWide(view));
  const rendered = cards.map((block, i) => renderCard(block, !(narrow[i] ?? false) || isAlone(narrow, i)));
  return `<section aria-labelledby="${anchor(title)}">
<h2 id="${anchor(title)}">${escaped(title)}</h2>
<p class="faint">${escaped(text)}</p>
${tiles.join('\n')}
${rendered.length === 0 ? '' : `<div class="cards">\n${rendered.join('\n')}\n</div>`}
</section>`;
}

function isWide({ panel }: View): boolean {
  return panel === 'table' || panel === 'waterfall' || panel === 'spans';
}

/** Whether the narrow card i begins a row that no other narrow card fills. */
function isAlone(narrow: readonly boolean[], i: number): boolean {
  let before = 0;
  for (let j = i - 1; j >= 0 && narrow[j] === true; j -= 1) before += 1;
  return before % 2 === 0 && narrow[i + 1] !== true;
}

function renderFigures({ view, rows }: Block): string {
  const [row = {}] = rows;
  const tiles = Object.entries(figureColumns(view)).map(
    ([name, { label, unit }]) =>
      `<div><dt>${escaped(label)}</dt><dd>${escaped(figureText(row[name], unit))}</dd></div>`,
  );
  const note = view.note === '' ? '' : `<p class="note">${escaped(view.note)}</p>`;
  return `${note}<dl class="figures" aria-label="${escaped(view.title)}">${tiles.join('')}</dl>`;
}

function renderCard(block: Block, wide: boolean): string {
  const { view } = block;
  const note = view.note === '' ? '' : `<p class="note">${escaped(view.note)}</p>`;
  const caption = `<figcaption><h3>${escaped(view.title)}</h3>${note}</figcaption>`;
  return `<figure class="card${wide ? ' wide' : ''}">${caption}${renderBody(block, wide)}</figure>`;
}

/** Pixels of a drawing in a card that fills a row, and in one beside another. */
const widths = { wide: 1094, narrow: 520 } as const;

function renderBody({ view, rows, empty = 'No data.' }: Block, wide: boolean): string {
  if (rows.length === 0) return `<p class="faint scroll">${escaped(empty)}</p>`;
  if (view.panel === 'table' || view.panel === 'figures') return renderTable(figureColumns(view), rows);
  const { svg, legend } = drawChart(view, rows, wide ? widths.wide : widths.narrow);
  const entries = legend.map(({ name, colour }) => `<li><i style="background:${colour}"></i>${escaped(name)}</li>`);
  const key = entries.length === 0 ? '' : `<ul class="legend">${entries.join('')}</ul>`;
  return `${key}${svg}<details><summary>Figures</summary>${renderTable(figureColumns(view), rows)}</details>`;
}

function renderTable(columns: Readonly<Record<string, FigureColumn>>, rows: readonly Row[]): string {
  const names = Object.keys(columns);
  const isNumber = new Set(names.filter((name) => rows.some((row) => typeof row[name] === 'number')));
  const kind = (name: string): string => (isNumber.has(name) ? ' class="number"' : '');
  const head = names.map((name) => `<th scope="col"${kind(name)}>${escaped(columns[name]?.label ?? name)}</th>`);
  const body = rows.map((row) => {
    const cells = names.map((name) => `<td${kind(name)}>${escaped(cellText(row, name, columns[name]?.unit))}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** An instant within the day is its time alone. */
function cellText(row: Row, name: string, unit: string | undefined): string {
  const value = row[name];
  const at = typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d/.test(value) ? instantOf(value) : undefined;
  return at === undefined ? figureText(value, unit) : at.toISOString().slice(11, 16);
}
