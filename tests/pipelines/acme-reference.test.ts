import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { acme } from '../../pipelines/acme/index.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import type { SeedTableSource } from '../../src/source/definition.ts';
import { seedSql } from '../../src/source/seed-table.ts';

const rows = 20_000;
let duck: Duck;
let session: DuckSession;

function seed(name: string, changed: Partial<SeedTableSource> = {}): string {
  const source = acme.sources[name];
  assert.ok(source?.source === 'seed-table');
  return seedSql({ ...source, rows, ...changed });
}

before(async () => {
  duck = await openDuck({ memoryBytes: 512 * 1024 ** 2, threads: 2, temporaryDirectory: tmpdir() });
  session = await duck.connect();
  await session.run(`CREATE TABLE customers AS ${seed('make-customers')}`);
  await session.run(`CREATE TABLE titles AS ${seed('make-titles')}`);
});

after(async () => {
  await session[Symbol.asyncDispose]();
  await duck.close();
});

const number = async (sql: string): Promise<number> => Number(await session.value(sql));

/** Share of rows with each value of an expression, within three standard errors of what it should be. */
async function hasShares(
  relation: string,
  expression: string,
  shares: Readonly<Record<string, number>>,
): Promise<void> {
  const found = await session.all(`SELECT CAST(${expression} AS VARCHAR), count(*) FROM ${relation} GROUP BY 1`);
  const total = found.rows.reduce((sum, [, count]) => sum + Number(count), 0);
  assert.deepEqual(found.rows.map(([name]) => String(name)).sort(), Object.keys(shares).sort());
  for (const [name, count] of found.rows) {
    const share = shares[String(name)] ?? 0;
    const error = Math.sqrt((share * (1 - share)) / total);
    const actual = Number(count) / total;
    assert.ok(Math.abs(actual - share) < 4 * error, `${expression} ${name}: ${actual}, not ${share}`);
  }
}

describe('customers', () => {
  it('have the 21 columns, ids of their form, all different, and the shares of the facts', async () => {
    const columns = await session.all('DESCRIBE customers');
    assert.equal(columns.rows.length, 21);
    assert.equal(await number('SELECT count(DISTINCT customer_id) FROM customers'), rows);
    const form = "regexp_full_match(customer_id, 'CUST_[0-9a-f]{8}_[0-9]{6}')";
    assert.equal(await number(`SELECT count(*) FROM customers WHERE NOT ${form}`), 0);
    await hasShares('customers', 'subscription_tier', { free_with_ads: 0.4, basic: 0.3, standard: 0.2, premium: 0.1 });
    await hasShares('customers', 'age_group', {
      '18-24': 0.15,
      '25-34': 0.25,
      '35-44': 0.25,
      '45-54': 0.2,
      '55-64': 0.1,
      '65+': 0.05,
    });
    await hasShares('customers', 'country', {
      'United States': 0.35,
      'United Kingdom': 0.15,
      Canada: 0.1,
      Germany: 0.1,
      France: 0.08,
      Australia: 0.08,
      Japan: 0.07,
      Brazil: 0.07,
    });
    await hasShares('customers', 'payment_method', {
      credit_card: 0.6,
      debit_card: 0.2,
      paypal: 0.15,
      apple_pay: 0.03,
      google_pay: 0.02,
    });
    await hasShares('customers', 'acquisition_channel', {
      organic_search: 0.25,
      social_media: 0.2,
      referral: 0.15,
      paid_search: 0.15,
      email: 0.1,
      partner: 0.1,
      other: 0.05,
    });
    for (const [tier, churn] of [
      ['free_with_ads', 0.3],
      ['basic', 0.2],
      ['standard', 0.1],
      ['premium', 0.05],
    ] as const)
      await hasShares(`customers WHERE subscription_tier = '${tier}'`, 'is_active', { true: 1 - churn, false: churn });
  });

  it('agree with themselves: place and zone, age and group, dates in order, two to five genres', async () => {
    const wrong = async (condition: string): Promise<void> =>
      assert.equal(await number(`SELECT count(*) FROM customers WHERE NOT (${condition})`), 0, condition);
    const zones =
      'SELECT max(n) FROM (SELECT count(DISTINCT timezone) AS n FROM customers GROUP BY country, state, city)';
    assert.equal(await number(zones), 1);
    const countries = 'SELECT max(n) FROM (SELECT count(DISTINCT country) AS n FROM customers GROUP BY state, city)';
    assert.equal(await number(countries), 1);
    await wrong("email LIKE '%@example.com'");
    await wrong(`date_diff('year', date_of_birth, DATE '2025-08-11') BETWEEN
      CAST(left(age_group, 2) AS INT) AND CAST(replace(right(age_group, 2), '5+', '85') AS INT) + 1`);
    await wrong('is_active = (subscription_end_date IS NULL)');
    await wrong("subscription_start_date < coalesce(subscription_end_date, DATE '2025-08-12')");
    await wrong("coalesce(subscription_end_date, DATE '2025-08-11') <= DATE '2025-08-11'");
    await wrong("subscription_start_date >= DATE '2022-08-11'");
    await wrong('created_at <= updated_at');
    await wrong(
      'len(preferred_genres) BETWEEN 2 AND 5 AND len(list_distinct(preferred_genres)) = len(preferred_genres)',
    );
    await wrong('(monthly_revenue = 0) = (subscription_tier = $$free_with_ads$$)');
  });

  it('depend on the seed alone: the first rows of a larger table are those of a smaller one', async () => {
    const small = seed('make-customers', { rows: 50 });
    assert.equal(await number(`SELECT count(*) FROM (SELECT * FROM (${small}) INTERSECT SELECT * FROM customers)`), 50);
    const other = seed('make-customers', { rows: 50, seed: 43 });
    assert.equal(await number(`SELECT count(*) FROM (${other}) o JOIN customers c USING (customer_id)`), 0);
  });
});

describe('titles', () => {
  it('have the 27 columns, ids of their form, all different, and the shares of the facts', async () => {
    const columns = await session.all('DESCRIBE titles');
    assert.equal(columns.rows.length, 27);
    assert.equal(await number('SELECT count(DISTINCT title_id) FROM titles'), rows);
    await hasShares('titles', 'title_type', { movie: 0.6, series: 0.3, documentary: 0.1 });
    await hasShares('titles', 'content_rating', { G: 0.05, PG: 0.15, 'PG-13': 0.35, R: 0.35, 'NC-17': 0.1 });
    await hasShares('titles', 'is_original', { true: 0.3, false: 0.7 });
    await hasShares('titles', 'genre', {
      Drama: 0.2,
      Action: 0.15,
      Comedy: 0.15,
      Thriller: 0.12,
      'Sci-Fi': 0.1,
      Romance: 0.1,
      Horror: 0.08,
      Documentary: 0.05,
      Animation: 0.05,
    });
  });

  it('have beta-distributed scores, durations by type, and dates within the last twenty years', async () => {
    // beta(2, 5) has mean 2/7 and variance 10/392; beta(3, 2) mean 3/5 and variance 6/150.
    const near = async (expression: string, expected: number, within: number): Promise<void> => {
      const found = await number(`SELECT ${expression} FROM titles`);
      assert.ok(Math.abs(found - expected) < within, `${expression}: ${found}, not ${expected}`);
    };
    await near('avg(popularity_score)', 100 * (2 / 7), 0.5);
    await near('stddev(popularity_score)', 100 * Math.sqrt(10 / 392), 0.5);
    await near('avg(critical_rating)', 6, 0.06);
    await near('avg(viewer_rating)', 6, 0.06);
    await near('stddev(viewer_rating)', 10 * Math.sqrt(6 / 150), 0.06);
    for (const [type, low, high] of [
      ['movie', 80, 180],
      ['series', 20, 60],
      ['documentary', 45, 120],
    ] as const) {
      const range = `title_type <> '${type}' OR duration_minutes BETWEEN ${low} AND ${high}`;
      assert.equal(await number(`SELECT count(*) FROM titles WHERE NOT (${range})`), 0);
    }
    const dates = "release_date BETWEEN DATE '2005-08-11' AND DATE '2025-08-11' AND year(release_date) = release_year";
    assert.equal(await number(`SELECT count(*) FROM titles WHERE NOT (${dates})`), 0);
    const seasons = "(title_type = 'series') = (season_number IS NOT NULL AND episode_number IS NOT NULL)";
    assert.equal(await number(`SELECT count(*) FROM titles WHERE NOT (${seasons})`), 0);
    assert.equal(
      await number('SELECT max(n) FROM (SELECT count(DISTINCT sub_genre) AS n FROM titles GROUP BY genre)'),
      4,
    );
  });
});
