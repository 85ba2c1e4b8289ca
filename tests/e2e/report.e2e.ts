import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openTerminal } from '../cli/terminal.ts';
import { openChromium } from './chromium.ts';

/** An hour of the shipped pipeline, small, reported and opened as a reader does. */
describe('the daily report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-report-e2e-'));
  const file = join(folder, 'day.html');
  let browser: Browser;
  before(async () => {
    browser = await openChromium();
    const terminal = openTerminal(folder);
    for (const source of ['make-customers', 'make-titles']) await terminal.json(['run', source]);
    const hour = ['--from', '2025-08-11T20:00:00Z', '--to', '2025-08-11T21:00:00Z'];
    await terminal.json([
      'run',
      'viewers',
      ...hour,
      '--events-per-day',
      '60000',
      '--duplicated',
      '0.01',
      '--malformed',
      '0.01',
    ]);
    await terminal.json(['deliver', '--drain']);
    await terminal.json(['run', 'curate']);
    await terminal.json(['report', 'daily', '--day', '2025-08-11', '--out', file]);
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens the report, and fails for whatever the browser complains of or asks for. */
  async function withPage<T>(scheme: 'light' | 'dark', look: (page: Page) => Promise<T>, width = 1240): Promise<T> {
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    const seen = await look(page);
    await page.close();
    assert.deepEqual(complaints, []);
    return seen;
  }

  it('opens without a complaint and without the network; each chart has a size, a name and its figures', async () => {
    const charts = await withPage('light', (page) =>
      page.locator('figure:has(svg)').evaluateAll((figures) =>
        figures.map((figure) => {
          const svg = figure.querySelector('svg');
          const { width = 0, height = 0 } = svg?.getBoundingClientRect() ?? {};
          const drawn = svg?.querySelectorAll('path, rect, circle').length ?? 0;
          const rows = figure.querySelectorAll('details tbody tr').length;
          return { name: svg?.getAttribute('aria-label') ?? '', width, height, drawn, rows };
        }),
      ),
    );
    assert.ok(charts.length >= 12, `${charts.length} charts`);
    for (const { name, width, height, drawn, rows } of charts) {
      assert.ok(width > 300 && height > 100, `${name}: ${width} x ${height}`);
      assert.ok(drawn > 0 && rows > 0 && name !== '', name);
    }
  });

  it('has every section, and links that lead to them', async () => {
    const sections = await withPage('light', (page) =>
      page.locator('nav a').evaluateAll((links) =>
        links.map((link) => {
          const target = link.ownerDocument.querySelector(link.getAttribute('href') ?? '#none');
          return [link.textContent, target !== null];
        }),
      ),
    );
    const names = ['Audience', 'Stalls and errors', 'Content', 'Network', 'Incidents', 'Data quality', 'Ledger'];
    for (const name of names)
      assert.ok(
        sections.some(([text, leads]) => text === name && leads === true),
        name,
      );
  });

  it('is another picture in the dark than in the light, text readable on both', async () => {
    const look = async (page: Page) => ({
      picture: (await page.screenshot()).toString('base64'),
      colours: await page.evaluate<string[]>(
        '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]',
      ),
    });
    const light = await withPage('light', look);
    const dark = await withPage('dark', look);
    assert.notEqual(light.picture, dark.picture);
    for (const { colours } of [light, dark])
      assert.ok(contrast(colours[0] ?? '', colours[1] ?? '') > 7, colours.join(' on '));
  });

  it('fits a telephone without being pushed sideways', async () => {
    const overflow = await withPage(
      'light',
      (page) => page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      390,
    );
    assert.equal(overflow, 0);
  });

  it('prints without what only a screen needs, and without a chart cut in two', async () => {
    await withPage('dark', async (page) => {
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('nav').isVisible(), false);
      const breaks = await page
        .locator('.card')
        .first()
        .evaluate((card) => card.ownerDocument.defaultView?.getComputedStyle(card).breakInside);
      assert.equal(breaks, 'avoid');
      assert.ok((await page.pdf({ format: 'A4' })).byteLength > 20_000);
    });
  });
});

/** Contrast of two `rgb(…)` colours, 1 to 21 (WCAG 2.2, relative luminance). */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}
