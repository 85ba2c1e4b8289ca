import type { Block, Part } from '../../insight/report/view.ts';
import { type Account, accountOf, addsUp, type PathFigures } from '../../ledger/account.ts';
import { pathFigures } from '../path-figures.ts';
import type { ReportScope } from './scope.ts';

/** What is taken from what was produced, until what was delivered is left. */
const steps = [
  ['quarantined', 'fair'],
  ['deduplicated', ''],
  ['pending', 'fair'],
  ['erased', ''],
  ['expired', 'fair'],
  ['lost', 'bad'],
] as const;

/** The account of every path of the pipeline, as it stands now, as a waterfall. */
export async function ledgerPart({ engine, pipeline }: ReportScope): Promise<Part> {
  const paths = await pathFigures(engine, pipeline);
  const accounts = paths.map(accountOf);
  const good = accounts.every(addsUp);
  return {
    title: 'Ledger',
    text: good
      ? 'Every record that the stream ever took is accounted for: the sum adds up.'
      : 'The account does not add up: records are missing, or two steps contradict each other.',
    blocks: [...accounts.flatMap(accountBlocks), ...setAsideBlocks(paths)],
  };
}

function accountBlocks(account: Account): Block[] {
  const { stream, table, produced, delivered, missing, problems } = account;
  const taken = steps.map(([name, tone]) => ({ name, value: account[name], whole: 0, tone }));
  const gap = missing === 0 ? [] : [{ name: 'unaccounted for', value: missing, whole: 0, tone: 'bad' }];
  const rows = [
    { name: 'produced', value: produced, whole: 1, tone: '' },
    ...taken,
    ...gap,
    { name: 'delivered', value: delivered, whole: 1, tone: 'good' },
  ];
  const note = 'produced = delivered + quarantined + deduplicated + pending + erased + expired + lost';
  const waterfall: Block = { view: { panel: 'waterfall', title: `${stream} → ${table}`, note }, rows };
  if (problems.length === 0) return [waterfall];
  const columns = { problem: { label: 'problem' } };
  const found = problems.map((problem) => ({ problem }));
  return [waterfall, { view: { panel: 'table', title: 'What does not add up', note: '', columns }, rows: found }];
}

/** Where the quarantined ones lie: under a delivery's error prefix, or in a job's quarantine. */
function setAsideBlocks(paths: readonly PathFigures[]): Block[] {
  // Paths that part behind a delivery or a job share it: it is told of once.
  const deliveries = new Map(paths.map(({ stream, delivery }) => [delivery, stream]));
  const jobs = new Map(paths.flatMap((path) => path.jobs.map((job) => [job.address, job] as const)));
  const rows = [
    ...[...deliveries].map(([{ errored }, stream]) => ({
      by: `the delivery of ${stream}, under its error prefix`,
      records: errored,
    })),
    ...[...jobs.values()].map(({ address, quarantined, superseded }) => ({
      by: `the job ${address}`,
      records: quarantined + superseded,
    })),
  ].filter(({ records }) => records > 0);
  const columns = { by: { label: 'set aside by' }, records: { label: 'records' } };
  return rows.length === 0 ? [] : [{ view: { panel: 'table', title: 'What is quarantined', note: '', columns }, rows }];
}
