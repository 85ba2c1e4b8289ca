import { panel, report, sqlFile } from '../../src/index.ts';

const sql = (name: string) => sqlFile(import.meta.dirname, `reports/${name}.sql`);

/** A day of ACME on one page, in the terms and formulas of CTA-2066. */
export const dailyReport = report({
  title: 'ACME video telemetry',
  table: 'curated',
  sections: [
    {
      title: 'Audience',
      text: 'Who watched, when, and on what.',
      panels: [
        panel.figures({
          title: 'The day in figures',
          sql: sql('headline'),
          values: {
            plays: { label: 'plays' },
            households: { label: 'households' },
            watch_hours: { label: 'watch time', unit: 'h' },
            minutes_per_play: { label: 'average watch time a play', unit: 'min' },
            completion_rate: { label: 'completion rate', unit: '%' },
            rebuffering_ratio: { label: 'rebuffering ratio', unit: '%' },
            plays_with_errors: { label: 'plays with errors', unit: '%' },
            bandwidth: { label: 'average bandwidth', unit: 'Mbps' },
          },
        }),
        panel.areas({
          title: 'Concurrent plays',
          note: 'Plays under way, without paused ones; loading and stalls count. By ten minutes, UTC.',
          sql: sql('concurrent-plays'),
          x: 'slot',
          y: 'plays',
        }),
        panel.areas({
          title: 'Watch time by hour and device',
          note: 'Hours watched in plays that ended in the hour, UTC.',
          sql: sql('watch-time-by-device'),
          x: 'hour',
          y: 'watch_hours',
          series: 'device',
          unit: 'h',
        }),
        panel.bars({
          title: 'Watch time by country and device',
          sql: sql('watch-time-by-country'),
          category: 'country',
          value: 'watch_hours',
          series: 'device',
          unit: 'h',
        }),
      ],
    },
    {
      title: 'Stalls and errors',
      text: 'Rebuffering ratio: stalled time by watched time, a ratio of sums. Watched time holds startup and stalls.',
      panels: [
        panel.lines({
          title: 'Rebuffering ratio by hour and quality',
          sql: sql('rebuffering-by-hour'),
          x: 'hour',
          y: 'rebuffering_ratio',
          series: 'quality',
          unit: '%',
        }),
        panel.lines({
          title: 'Plays with errors by hour and device',
          note: 'Share of the plays that ended in the hour with an error or more.',
          sql: sql('errors-by-hour'),
          x: 'hour',
          y: 'plays_with_errors',
          series: 'device',
          unit: '%',
        }),
        panel.cells({
          title: 'Rebuffering ratio by device and quality',
          sql: sql('quality-by-device'),
          x: 'quality',
          y: 'device',
          value: 'rebuffering_ratio',
          unit: '%',
        }),
        panel.bars({
          title: 'Plays with errors by app version',
          note: 'The twelve versions with the highest share, of those with more than 100 plays.',
          sql: sql('errors-by-release'),
          category: 'release',
          value: 'plays_with_errors',
          unit: '%',
        }),
        panel.table({
          title: 'Internet providers',
          note: 'The fifteen with the highest rebuffering ratio, of those with more than 50 plays.',
          sql: sql('quality-by-isp'),
          columns: {
            isp: { label: 'provider' },
            plays: { label: 'plays' },
            rebuffering_ratio: { label: 'rebuffering ratio', unit: '%' },
            rebuffering_events: { label: 'rebuffering events a play' },
            plays_with_errors: { label: 'plays with errors', unit: '%' },
            bandwidth: { label: 'median bandwidth', unit: 'Mbps' },
          },
        }),
      ],
    },
    {
      title: 'Content',
      text: 'Completion rate: plays of at least 90 % of the title, by plays that ended.',
      panels: [
        panel.table({
          title: 'Top titles by watch time',
          sql: sql('top-titles'),
          columns: {
            title: { label: 'title' },
            kind: { label: 'kind' },
            genre: { label: 'genre' },
            households: { label: 'households' },
            watch_hours: { label: 'watch time', unit: 'h' },
            completion_rate: { label: 'completion rate', unit: '%' },
          },
        }),
        panel.bars({
          title: 'Completion rate by genre',
          sql: sql('completion-by-genre'),
          category: 'genre',
          value: 'completion_rate',
          unit: '%',
        }),
        panel.cells({
          title: 'Completion rate by device and kind of title',
          sql: sql('completion-by-device'),
          x: 'kind',
          y: 'device',
          value: 'completion_rate',
          unit: '%',
        }),
      ],
    },
    {
      title: 'Network',
      text: 'Bandwidth as the players measured it.',
      panels: [
        panel.lines({
          title: 'Median bandwidth by hour',
          sql: sql('bandwidth-by-hour'),
          x: 'hour',
          y: 'median',
          unit: 'Mbps',
        }),
        panel.ranges({
          title: 'Bandwidth by connection',
          note: 'From the 10th to the 90th percentile, with the median.',
          sql: sql('bandwidth-by-connection'),
          category: 'connection',
          low: 'low',
          middle: 'median',
          high: 'high',
          unit: 'Mbps',
        }),
      ],
    },
    'incidents',
    'quality',
    'ledger',
  ],
});
