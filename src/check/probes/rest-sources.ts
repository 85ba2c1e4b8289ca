import { isPlayheadError, type PlayheadError } from '../../base/errors.ts';
import { counted, formatDuration, seconds } from '../../base/units.ts';
import { type CommitSeries, openSeries } from '../../commit/series.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { openRestClient } from '../../source/rest/client.ts';
import type { RestSource } from '../../source/rest/definition.ts';
import { lostFields } from '../../source/rest/lost-fields.ts';
import { firstPage } from '../../source/rest/page.ts';
import type { PagePlan, RestCommit } from '../../source/rest/series.ts';
import { type Found, faulty, type Link, type Probe, type Warning, well } from '../link.ts';
import { ranText, tellingRun } from './telling-run.ts';

/** An API that lets somebody who only asks how it does wait for longer does not answer. */
const patienceMs = seconds(10);

/** What an API that refuses more requests is left alone for where it does not say. */
const usualPauseMs = seconds(10);

/** What a run fails of that nobody can say any more once the API answers. */
const answersAgain: readonly string[] = ['PH_SECRET_MISSING', 'PH_ACCESS_REFUSED', 'PH_SOURCE_FAILED'];

/** Is the key there, does the API answer to it, and did the last run take what it has? One request each, without another try. */
export const probeRestSources: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'source')) {
    const { address, definition } = entry;
    if (definition.source === 'rest')
      links.push({ kind: 'source', address, ...(await look(engine, entry, definition)) });
  }
  return links;
};

async function look(engine: Engine, { address }: Addressed<'source'>, source: RestSource): Promise<Found> {
  const telling = await tellingRun(engine, address);
  const ran = ranText(telling, engine.effects.clock.now());
  // It would take of the rate that the run has.
  if (telling.isAtWork) return well(ran ?? '', telling.warnings);
  const silence = await silenceOf(engine, address, source);
  if (silence !== undefined) return silence;
  if (telling.fault !== undefined) {
    const isMended = answersAgain.includes(telling.run?.error?.code ?? '');
    return isMended ? faulty(`it answers now; ${telling.fault.finding}`, `playhead run ${address}`) : telling.fault;
  }
  if (ran === undefined) return faulty('it answers; never ran', `playhead run ${address}`);
  const series = openSeries<PagePlan, RestCommit>(await engine.lake(), address, engine.effects);
  const lost = await lostFields(series);
  const [first] = lost;
  if (first === undefined) return well(`it answers; ${ran}`, await unfinished(series, address));
  const places = lost.length === 1 ? '' : ` in ${counted(lost.length, 'place')}`;
  return faulty(`it answers otherwise than declared${places}: ${first}`, `playhead logs ${address}`);
}

/** Why the API gives nothing; undefined where it answers. */
async function silenceOf({ effects }: Engine, address: string, source: RestSource): Promise<Found | undefined> {
  const [endpoint] = Object.values(source.endpoints);
  if (endpoint === undefined) return faulty('it has no endpoint', 'give it one: endpoints: { … }');
  const once = {
    ...source,
    retries: { ...source.retries, times: 0 },
    timeoutMs: Math.min(source.timeoutMs, patienceMs),
  };
  try {
    const client = await openRestClient(address, once, effects);
    await client.get(endpoint, firstPage(endpoint.pages), new AbortController().signal);
    return undefined;
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    // Who asked stands beside it.
    const message = error.message.replace(`${address}: `, '');
    return faulty(message, remedyOf(error, source));
  }
}

function remedyOf({ code, hint, details }: PlayheadError, { auth }: RestSource): string | undefined {
  if (code === 'PH_SECRET_MISSING' && auth.by !== 'none' && 'env' in auth.secret)
    return `export ${auth.secret.env}=KEY`;
  if (details['status'] === 429) {
    const pause = formatDuration(Number(details['retryAfterMs'] ?? usualPauseMs));
    return `wait ${pause}, and ask it less often: requestsPerSecond of the source`;
  }
  return code === 'PH_SOURCE_FAILED' ? 'try again later, and see that this machine reaches it' : hint;
}

/** What was interrupted goes on by itself with the next run. */
async function unfinished(series: CommitSeries<PagePlan, RestCommit>, address: string): Promise<readonly Warning[]> {
  const { last } = await series.head();
  if (last === undefined || last.kind === 'end') return [];
  return [{ finding: `not all of ${last.execution.date} was taken`, remedy: `playhead run ${address}` }];
}
