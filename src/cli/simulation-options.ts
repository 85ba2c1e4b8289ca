import { resolve } from 'node:path';
import { PlayheadError } from '../base/errors.ts';
import { either, suggestion } from '../base/nearest.ts';
import type { SessionArguments } from '../pipeline/run/session-arguments.ts';
import type { SessionsSource } from '../source/definition.ts';
import { type Incident, type IncidentKind, incidentKinds } from '../source/sessions/incidents.ts';
import type { SessionModel } from '../source/sessions/model.ts';
import type { Context } from './context.ts';
import { type Invocation, parseInstant } from './invocation.ts';

/** The options of `generate` and `run` as the arguments of a sessions source; absent ones are left out. PH_USAGE. */
export function simulationArguments(invocation: Invocation, workingDirectory: string): SessionArguments {
  const truth = invocation.text('truth');
  const incidents = invocation.texts('incident')?.map(parseIncident);
  const [fromMs, toMs] = [invocation.instant('from'), invocation.instant('to')];
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    throw new PlayheadError('PH_USAGE', `--to ${isoInstant(toMs)} is not after --from ${isoInstant(fromMs)}`, {
      hint: 'The end is not included: a day goes from 2025-08-11 to 2025-08-12.',
    });
  }
  const share = (option: string): number | undefined => invocation.number(option, 0, 1);
  return defined({
    from: isoInstant(fromMs),
    to: isoInstant(toMs),
    seed: invocation.count('seed'),
    eventsPerDay: invocation.count('events-per-day', 1),
    rate: invocation.number('rate', 0, 1e6),
    late: share('late'),
    outOfOrder: share('out-of-order'),
    duplicated: share('duplicated'),
    conflicting: share('conflicting'),
    malformed: share('malformed'),
    invalid: share('invalid'),
    incidents,
    truth: truth === undefined ? undefined : resolve(workingDirectory, truth),
    test: invocation.flag('test') ? true : undefined,
    batchSize: invocation.count('batch-size', 1),
    forceRefresh: invocation.flag('force-refresh') ? true : undefined,
  });
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

function defined(given: Optional<SessionArguments>): SessionArguments {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function isoInstant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/**
 * What was asked for and cannot show: incidents outside the range, and those of a provider that nobody has.
 * Not refused: a day in slices, each told of all of the day's incidents, has slices without them.
 */
export function incidentWarnings({ incidents = [], from, to }: SessionArguments, { network }: SessionModel): string[] {
  return incidents.flatMap(({ kind, fromMs, toMs, where }) => {
    const outside = (to !== undefined && fromMs >= Date.parse(to)) || (from !== undefined && toMs <= Date.parse(from));
    const { isp } = where;
    const providers = providersOf(network, where.country);
    const elsewhere = Object.keys(network.ispsElsewhere).map((name) => name.replaceAll('{country}', ''));
    const unknown =
      isp !== undefined &&
      !providers.includes(isp) &&
      !(where.country === undefined && elsewhere.some((name) => isp.endsWith(name)));
    return [
      ...(outside ? [`the ${kind} is wholly outside the range of time: it changes nothing`] : []),
      ...(unknown
        ? [`the ${kind} changes nothing: no viewer's provider is "${isp}". ${suggestion(isp, providers)}`.trim()]
        : []),
    ];
  });
}

/** Says what `incidentWarnings` finds. */
export function warnOfIncidents(given: SessionArguments, { model }: SessionsSource, { output }: Context): void {
  for (const warning of incidentWarnings(given, model)) output.err(`${output.errStyle.yellow('!')} ${warning}\n`);
}

/** The names that the model gives providers, in one country or in all that it knows. */
function providersOf({ isps, ispsElsewhere }: SessionModel['network'], country: string | undefined): string[] {
  if (country === undefined) return Object.values(isps).flatMap((shares) => Object.keys(shares));
  return Object.keys(isps[country] ?? ispsElsewhere).map((name) => name.replaceAll('{country}', country));
}

const scopes = ['country', 'isp', 'release', 'os'] as const;
const incidentKeys = ['from', 'to', 'magnitude', ...scopes];

/** `isp-outage,from=2025-08-11T18:00Z,to=2025-08-11T19:00Z,magnitude=0.8,isp=Comcast` */
export function parseIncident(spec: string): Incident {
  const [kind = '', ...settings] = spec.split(',');
  if (!isIncidentKind(kind)) {
    throw new PlayheadError('PH_USAGE', `--incident ${spec}: expected ${either(incidentKinds)} first`, {
      hint: suggestion(kind, incidentKinds),
    });
  }
  const values = new Map(settings.map((setting) => splitSetting(setting, spec)));
  const from = values.get('from');
  const to = values.get('to');
  const magnitude = Number(values.get('magnitude') ?? Number.NaN);
  if (from === undefined || to === undefined || !Number.isFinite(magnitude)) {
    throw new PlayheadError('PH_USAGE', `--incident ${spec}: from, to and magnitude are needed`, {
      hint: `${kind},from=2025-08-11T18:00Z,to=2025-08-11T19:00Z,magnitude=1`,
    });
  }
  const where = scopes.flatMap((scope) => (values.has(scope) ? [[scope, values.get(scope)]] : []));
  return {
    kind,
    fromMs: parseInstant(from, '--incident from'),
    toMs: parseInstant(to, '--incident to'),
    magnitude,
    where: Object.fromEntries(where),
  };
}

function isIncidentKind(kind: string): kind is IncidentKind {
  return incidentKinds.some((known) => known === kind);
}

function splitSetting(setting: string, spec: string): [string, string] {
  const at = setting.indexOf('=');
  const key = at === -1 ? setting : setting.slice(0, at);
  if (at !== -1 && incidentKeys.includes(key)) return [key, setting.slice(at + 1)];
  throw new PlayheadError('PH_USAGE', `--incident ${spec}: unknown setting "${key}"`, {
    hint: suggestion(key, incidentKeys),
  });
}
