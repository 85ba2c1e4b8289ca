import { isPlayheadError } from '../../base/errors.ts';
import { listAll } from '../../lake/object-store.ts';
import { accountOf, addsUp, noDelivery } from '../../ledger/account.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { registeredObjects, registeredRows } from '../../pipeline/engine/registered-objects.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { pathFigures } from '../path-figures.ts';
import { type Content, contentOf, contentProblems } from './content.ts';
import type { StreamDataset } from './dataset.ts';
import type { Flow } from './flow.ts';
import { landedLines } from './landed-lines.ts';
import { damagedObjects, namedObjects } from './named-objects.ts';

/** What must hold whatever happened, by name. */
export const invariantNames = {
  ledger: 'the ledger adds up: each record that was sent is accounted for, none is pending or lost',
  records: 'each record is in the lake once, byte for byte',
  content: 'tables and quarantine hold what they would hold had nothing happened',
  readable: 'each table answers a query, with the rows that the catalog counts',
  objects: 'each object that a commit names holds what was committed; no other lies among them',
  log: 'each record of the log can be read',
  decisions: 'no plan, commit or epoch is written anew, no lease is held twice',
  failures: 'what fails says why, by a code of the registry',
  damage: 'damage is found, and named',
} as const;

export type InvariantName = keyof typeof invariantNames;

/** What did not hold. */
export interface Violation {
  readonly invariant: InvariantName;
  readonly problem: string;
}

export interface Truth {
  readonly datasets: readonly StreamDataset[];
  /** Undefined while it is being found out, in peace. */
  readonly expected?: Content;
}

type Check = (flow: Flow, truth: Truth) => Promise<readonly string[]>;

const checks: Readonly<Record<Exclude<InvariantName, 'decisions' | 'failures' | 'damage'>, Check>> = {
  ledger: ledgerProblems,
  records: recordProblems,
  content: async (flow, { expected }) => {
    if (expected === undefined) return [];
    await using session = await (await flow.engine.duck()).connect();
    return await contentProblems(await contentOf(flow), expected, session);
  },
  readable: readingProblems,
  objects: async (flow) => [...(await damagedObjects(flow)), ...(await strayObjects(flow))],
  log: logProblems,
};

/** Checks a home in which all work is done. */
export async function violations(flow: Flow, truth: Truth): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  for (const [name, check] of Object.entries(checks) as [keyof typeof checks, Check][]) {
    const problems = await check(flow, truth).catch((error: unknown) => {
      if (!isPlayheadError(error)) throw error;
      return [`${error.code} ${error.message}`];
    });
    found.push(...problems.map((problem) => ({ invariant: name, problem })));
  }
  return found;
}

async function ledgerProblems({ engine, settings }: Flow, { datasets }: Truth): Promise<readonly string[]> {
  const pipeline = settings.pipelines.find(({ name }) => name === settings.pipeline);
  if (pipeline === undefined) return [];
  const sent = new Map(datasets.map(({ stream, lines }) => [stream.address, lines.length]));
  const problems: string[] = [];
  for (const account of (await pathFigures(engine, pipeline)).map(accountOf)) {
    const path = `${account.stream} → ${account.table}`;
    problems.push(...account.problems.map((problem) => `${path}: ${problem}`));
    if (!addsUp(account)) problems.push(`${path}: ${account.missing} of ${account.produced} records unaccounted for`);
    const produced = sent.get(account.stream) ?? 0;
    const due = { produced, pending: account.table === noDelivery ? produced : 0, erased: 0, expired: 0, lost: 0 };
    for (const [name, count] of Object.entries(due) as [keyof typeof due, number][])
      if (account[name] !== count) problems.push(`${path}: ${account[name]} ${name}, ${count} due`);
  }
  return problems;
}

async function recordProblems({ engine, settings }: Flow, { datasets }: Truth): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const delivery of addressed(engine.pipelines, 'delivery')) {
    if (delivery.pipeline !== settings.pipeline) continue;
    const from = resolveAddress(engine.pipelines, delivery.definition.from, ['stream'], delivery.pipeline).address;
    const due = datasets.find(({ stream }) => stream.address === from)?.lines ?? [];
    const landed = await landedLines(engine, delivery);
    if (landed === undefined) continue;
    const { missing, extra } = difference(due, landed);
    const example = missing[0] ?? extra[0];
    if (example !== undefined)
      problems.push(`${delivery.address}: ${missing.length} missing, ${extra.length} too many, such as ${example}`);
  }
  return problems;
}

/** Of two sorted lists. */
function difference(due: readonly string[], found: readonly string[]): { missing: string[]; extra: string[] } {
  const missing: string[] = [];
  const extra: string[] = [];
  for (let i = 0, j = 0; i < due.length || j < found.length; ) {
    const [left, right] = [due[i], found[j]];
    if (left === right) {
      i += 1;
      j += 1;
    } else if (right === undefined || (left !== undefined && left < right)) {
      missing.push(left ?? '');
      i += 1;
    } else {
      extra.push(right);
      j += 1;
    }
  }
  return { missing, extra };
}

/** Also fills the home's cache of translations, which those that begin with a copy of it then need not make. */
export async function readingProblems({ engine, settings }: Flow): Promise<readonly string[]> {
  const queries = await queriesOf(engine);
  const problems: string[] = [];
  try {
    for (const entry of addressed(engine.pipelines, 'table')) {
      if (entry.pipeline !== settings.pipeline) continue;
      const counted = await registeredRows(engine, entry);
      if (counted === 0) continue;
      const table = `"${entry.definition.database}"."${entry.definition.name}"`;
      let answer: unknown;
      for await (const page of (await queries.run(`SELECT count(*) FROM ${table}`)).pages) answer ??= page[0]?.[0];
      if (Number(answer) !== counted)
        problems.push(`${tableName(entry)} answers ${answer} rows, the catalog has ${counted}`);
    }
    return problems;
  } finally {
    await queries.close();
  }
}

/** Objects under the tables' locations and error prefixes that no commit names. */
async function strayObjects(flow: Flow): Promise<readonly string[]> {
  const { engine, settings } = flow;
  const lake = await engine.lake();
  const named = new Set((await namedObjects(flow)).map(({ key }) => key));
  const places = new Set<string>();
  for (const { definition, pipeline } of addressed(engine.pipelines, 'job')) {
    if (pipeline !== settings.pipeline) continue;
    for (const end of ['from', 'into'] as const)
      places.add(resolveAddress(engine.pipelines, definition[end], ['table'], pipeline).definition.location);
  }
  const stray: string[] = [];
  for (const place of places)
    for await (const { key } of listAll(lake, place)) if (!named.has(key)) stray.push(`no commit names ${key}`);
  for (const entry of addressed(engine.pipelines, 'table')) {
    if (entry.pipeline !== settings.pipeline) continue;
    for (const { key } of await registeredObjects(engine, entry))
      if ((await lake.head(key)) === undefined) stray.push(`the catalog names ${key}, which is not there`);
  }
  return stray;
}

/** Bytes of a partition that are read at once. */
const readBytes = 8 * 1024 ** 2;

async function logProblems({ engine }: Flow, { datasets }: Truth): Promise<readonly string[]> {
  const stream = await engine.stream();
  for (const { stream: entry } of datasets) {
    const { topic } = entry.definition;
    for (const { partition, start, end } of (await stream.describe(topic))?.state ?? []) {
      for (let at = start; at < end; ) {
        const { next } = await stream.fetch(topic, partition, at, { maxBytes: readBytes });
        if (next === at) return [`partition ${partition} of ${topic} ends at ${at}, before ${end}`];
        at = next;
      }
    }
  }
  return [];
}
