import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHTML } from 'linkedom';
import { renderPage } from '../../../src/insight/report/render-page.ts';
import type { Block, View } from '../../../src/insight/report/view.ts';

const hours = ['09', '10', '11'].map((hour) => `2025-08-11 ${hour}:00:00.000`);
const byHour = hours.flatMap((hour, i) => [
  { hour, device: 'tv', plays: 10 + i },
  { hour, device: '<web>', plays: 5 },
]);
const course = { note: 'By hour.', x: 'hour', y: 'plays', series: 'device' };

/** One of each kind that is drawn. */
const drawn: readonly Block[] = [
  { view: { panel: 'lines', title: 'Lines', ...course }, rows: byHour },
  { view: { panel: 'areas', title: 'Areas', ...course }, rows: byHour },
  { view: { panel: 'bars', title: 'Bars', note: '', category: 'device', value: 'plays' }, rows: byHour.slice(0, 2) },
  {
    view: { panel: 'cells', title: 'Cells', note: '', x: 'device', y: 'hour', value: 'plays', unit: '%' },
    rows: byHour,
  },
  {
    view: {
      panel: 'ranges',
      title: 'Ranges',
      note: '',
      category: 'device',
      low: 'low',
      middle: 'middle',
      high: 'high',
    },
    rows: [{ device: 'tv', low: 1, middle: 2.5, high: 9 }],
  },
  {
    view: { panel: 'spans', title: 'Spans', note: '' },
    rows: [
      { name: 'outage, isp A', from: '2025-08-11 09:00:00', to: '2025-08-11 10:30:00' },
      { name: 'spike, everywhere', from: '2025-08-11 20:00:00', to: '2025-08-11 21:00:00' },
    ],
  },
  {
    view: { panel: 'waterfall', title: 'Waterfall', note: '' },
    rows: [
      { name: 'produced', value: 100, whole: 1, tone: '' },
      { name: 'quarantined', value: 3, whole: 0, tone: 'fair' },
      { name: 'delivered', value: 97, whole: 1, tone: 'good' },
    ],
  },
];

function pageOf(blocks: readonly Block[]): ReturnType<typeof parseHTML>['document'] {
  const parts = [{ title: 'Stalls & errors', text: 'What <happened>.', blocks }];
  const html = renderPage({ title: 'A day', pipeline: 'shop', day: '2025-08-11', madeAtMs: 0, parts });
  return parseHTML(html).document;
}

describe('a rendered report', () => {
  it('draws every kind of panel, with a name for readers who do not see it, and its figures in a table', () => {
    const document = pageOf(drawn);
    for (const { view } of drawn) {
      const figure = [...document.querySelectorAll('figure')].find((each) => each.textContent?.includes(view.title));
      const svg = figure?.querySelector('svg');
      assert.match(svg?.getAttribute('aria-label') ?? '', new RegExp(`^${view.title}\\.`), view.title);
      assert.ok((svg?.querySelectorAll('path, rect, circle, line').length ?? 0) > 3, view.title);
      assert.ok((figure?.querySelectorAll('details tbody tr').length ?? 0) > 0, view.title);
    }
    assert.equal(document.querySelectorAll('svg').length, drawn.length);
  });

  it('draws straight from figure to figure: a curve would show what nobody measured', () => {
    const rows = hours.map((hour, i) => ({ hour, plays: i === 1 ? 90 : 10 }));
    for (const panel of ['lines', 'areas'] as const) {
      const document = pageOf([{ view: { panel, title: 'Plays', note: '', x: 'hour', y: 'plays' }, rows }]);
      const drawing = document.querySelector('g[aria-label="line"] path')?.getAttribute('d') ?? '';
      assert.match(drawing, /^M[\d.,]+L[\d.,]+L[\d.,]+$/, panel);
    }
  });

  it('takes its colours from the page, so that light and dark need one picture', () => {
    const html = pageOf(drawn.slice(0, 1)).toString();
    assert.match(html, /var\(--series-1\)/);
    assert.match(html, /prefers-color-scheme: dark/);
  });

  it('lets no data become markup, and refers to nothing outside itself', () => {
    const html = pageOf(drawn).toString();
    assert.ok(!html.includes('<web>') && html.includes('&lt;web&gt;'));
    assert.doesNotMatch(html, /<script|@import|url\(|(?:src|href)="(?!#|data:,)/i);
  });

  it('shows figures with their units, and says where there are none', () => {
    const figures: View = {
      panel: 'figures',
      title: 'Figures',
      note: '',
      values: { plays: { label: 'plays' }, share: { label: 'completion', unit: '%' } },
    };
    const document = pageOf([
      { view: figures, rows: [{ plays: 1234, share: null }] },
      {
        view: { panel: 'bars', title: 'Empty', note: '', category: 'a', value: 'b' },
        rows: [],
        empty: 'No row was quarantined.',
      },
    ]);
    assert.deepEqual(
      [...document.querySelectorAll('dd')].map((each) => each.textContent),
      ['1,234', '—'],
    );
    assert.match(document.querySelector('figure')?.textContent ?? '', /No row was quarantined\./);
    assert.equal(document.querySelectorAll('svg').length, 0);
  });

  it('falls by each step of a waterfall, down to what is left', () => {
    const [block] = drawn.slice(-1);
    const document = pageOf(block === undefined ? [] : [block]);
    const heights = [...document.querySelectorAll('g[aria-label="bar"] rect, g[aria-label="bar"] path')].length;
    assert.equal(heights, 3);
  });
});
