import type { Effects } from '../../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { readSecret } from '../../base/secret.ts';
import { type SecretCutter, secretCutter } from '../../base/secret-forms.ts';
import { counted, formatDuration, minutes, seconds } from '../../base/units.ts';
import { jsonDepth } from '../../record/json-depth.ts';
import { objectScanner } from '../../record/object-scan.ts';
import { type Attempt, attempt, type RestRequest } from './attempt.ts';
import type { RestEndpoint, RestSource } from './definition.ts';
import { pace } from './pace.ts';
import { attemptText, type Hide, refusal } from './refusal.ts';

/** Asks an API for pages, patiently and no faster than it allows. */
export interface RestClient {
  /**
   * The body of one page, which is a JSON object. PH_SOURCE_FAILED where the source did not answer well in all attempts,
   * PH_ACCESS_REFUSED where it wants another key, PH_SOURCE_INVALID for another refusal or for what can't be taken,
   * PH_INTERRUPTED. No error repeats the key.
   */
  get(endpoint: RestEndpoint, parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Buffer>;
}

/** Lists and objects in each other, deeper than any API means them. */
const mostDepth = 64;

/** An API that asks for more wants to be left alone for today. */
const longestWaitMs = minutes(5);

/** A key this short stands in answers by chance. */
const shortKey = 8;

/** Reads the key, once for all requests. PH_SECRET_MISSING, PH_CONFIG_INVALID for a base URL that would carry it in the open. */
export async function openRestClient(name: string, source: RestSource, effects: Effects): Promise<RestClient> {
  const { auth } = source;
  const base = baseUrl(name, source, effects);
  const secret = auth.by === 'none' ? '' : await readSecret(auth.secret, effects);
  const cut: SecretCutter = secret === '' ? () => undefined : secretCutter(secret);
  const hide: Hide = (text) => cut(Buffer.from(text)) ?? text;
  const ready = pace(source.requestsPerSecond, effects.clock);

  const requestOf = (endpoint: RestEndpoint, parameters: Readonly<Record<string, string>>): RestRequest => {
    const url = new URL(`${base}${endpoint.path}`);
    for (const [key, value] of Object.entries({ ...endpoint.parameters, ...parameters }))
      url.searchParams.set(key, value);
    if (auth.by === 'query') url.searchParams.set(auth.parameter, secret);
    const headers = {
      accept: 'application/json',
      ...(auth.by === 'bearer' ? { authorization: `Bearer ${secret}` } : {}),
    };
    return { url: url.href, headers, timeoutMs: source.timeoutMs, mostBytes: source.mostBytes };
  };

  const answered = async (
    what: string,
    endpoint: RestEndpoint,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Buffer> => {
    const request = requestOf(endpoint, parameters);
    for (let attempts = 1; ; attempts += 1) {
      await ready(signal);
      const last = soundBody(await attempt(request, signal, effects));
      if (last.kind === 'answer' && last.status >= 200 && last.status < 300) return last.body;
      const waitMs = waitBefore(attempts, last, source);
      if (waitMs === undefined) throw refusal(what, last, attempts, source, hide);
      const why = attemptText(last, source.errorFields, hide);
      effects.log.log('warn', hide(`${what}: ${why}; asks again in ${formatDuration(waitMs)}`));
      await effects.clock.sleep(waitMs, signal);
    }
  };

  return {
    get: async (endpoint, parameters, signal) => {
      const shown = new URLSearchParams({ ...endpoint.parameters, ...parameters }).toString();
      const what = `${name}: GET ${endpoint.path}${shown === '' ? '' : `?${shown}`}`;
      try {
        const body = await answered(what, endpoint, parameters, signal);
        if (cut(body) !== undefined) throw keyRepeated(secret.length);
        return body;
      } catch (error) {
        throw isPlayheadError(error) ? namedAndSafe(error, what, hide) : error;
      }
    },
  };
}

/** A body that is cut off, or is no JSON, may come whole the next time; one that is too deep is refused. */
function soundBody(tried: Attempt): Attempt {
  if (tried.kind === 'silence' || tried.status < 200 || tried.status >= 300) return tried;
  const { body } = tried;
  if (jsonDepth(body, mostDepth) > mostDepth)
    throw new PlayheadError('PH_SOURCE_INVALID', `the answer nests lists and objects deeper than ${mostDepth}`);
  const fault = objectScanner()(body, 0, body.length);
  if (fault === undefined) return tried;
  if (fault === 'not_json') return { kind: 'silence', why: 'the answer is not whole, or no JSON' };
  throw new PlayheadError('PH_SOURCE_INVALID', `the answer is JSON that readers take differently: ${fault}`);
}

/** How long to wait before one more attempt; undefined where there is to be none. */
function waitBefore(attempts: number, last: Attempt, { retries }: RestSource): number | undefined {
  if (attempts > retries.times) return undefined;
  if (last.kind === 'answer' && !retries.statuses.includes(last.status)) return undefined;
  const askedMs = last.kind === 'answer' ? (last.retryAfterMs ?? 0) : 0;
  const waitMs = Math.max(seconds(retries.backoff ** attempts), askedMs);
  return waitMs > longestWaitMs ? undefined : waitMs;
}

function baseUrl(name: string, { baseUrl: { env, otherwise } }: RestSource, effects: Effects): string {
  const given = (env === undefined ? undefined : effects.env[env]) || otherwise;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const own = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && own)) return given.replace(/\/$/, '');
  throw new PlayheadError('PH_CONFIG_INVALID', `${name}: the base URL is neither https nor of this machine`, {
    hint: `Over plain HTTP anyone on the way reads the key.${env === undefined ? '' : ` It is read from ${env}.`}`,
  });
}

/** An answer is kept as it came, and would be kept with the key: the page is refused instead. */
function keyRepeated(length: number): PlayheadError {
  const hint = `The key has ${counted(length, 'character')}: one this short stands in answers by chance. Ask the API for a longer one.`;
  return new PlayheadError('PH_SOURCE_INVALID', 'the answer repeats the key, and would be kept with it', {
    ...(length < shortKey ? { hint } : {}),
  });
}

/** The error with who was asked for what, and without the key, however a cause of it came by one. */
function namedAndSafe(error: PlayheadError, what: string, hide: Hide): PlayheadError {
  const message = error.message.startsWith(what) ? error.message : `${what}: ${error.message}`;
  return new PlayheadError(error.code, hide(message), {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: error.details,
  });
}
