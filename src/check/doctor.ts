import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import type { Link, LinkKind, Probe } from './link.ts';
import { probeCatalog } from './probes/catalog.ts';
import { probeCrawlers } from './probes/crawlers.ts';
import { probeDefinitions } from './probes/definitions.ts';
import { probeDeliveries } from './probes/deliveries.ts';
import { probeJobs } from './probes/jobs.ts';
import { probeLake } from './probes/lake.ts';
import { probeLineage } from './probes/lineage.ts';
import { probeMetrics } from './probes/metrics.ts';
import { probeNotifiers } from './probes/notifiers.ts';
import { probeQueries } from './probes/queries.ts';
import { probeReference } from './probes/reference.ts';
import { probeRestSources } from './probes/rest-sources.ts';
import { probeStreams } from './probes/streams.ts';
import { probeTopics } from './probes/topics.ts';
import { probeTriggers } from './probes/triggers.ts';
import { probeWorkgroups } from './probes/workgroups.ts';

/** Servers first: without one, all that stands on it only repeats that it can't be used. */
const serverProbes: readonly Probe[] = [probeLake, probeTopics];

/** In the order in which records pass, from where they come in; then who asks for them, and who is told. */
const probes = (probeGateways: Probe): readonly Probe[] => [
  probeDefinitions,
  probeReference,
  probeRestSources,
  probeGateways,
  probeStreams,
  probeDeliveries,
  probeCatalog,
  probeTriggers,
  probeJobs,
  probeCrawlers,
  probeQueries,
  probeWorkgroups,
  probeNotifiers,
  probeLineage,
  probeMetrics,
];

/** Where records come in: as long as none of them has begun, the flow is silent, though nothing is broken. */
const entrances: readonly LinkKind[] = ['reference', 'source', 'stream'];

/** Characters. */
const findingLength = 160;

export interface Diagnosis {
  readonly pipeline: string;
  readonly links: readonly Link[];
  /** The first link that is faulty, or that is to begin where nothing has: what lies behind it can only wait. */
  readonly firstSilent?: Link;
}

/**
 * Walks a pipeline from its sources to those who are told of it, and says how each link does. Reads only, but for small objects
 * of its own, which it takes away again. `probeGateways`: the room that knows servers lies behind this one.
 */
export async function diagnose(
  engine: Engine,
  pipeline: PipelineDefinition,
  probeGateways: Probe = async () => [],
): Promise<Diagnosis> {
  const links: Link[] = [];
  const walk = async (all: readonly Probe[]): Promise<void> => {
    for (const probe of all) for (const link of await probe(engine, pipeline)) links.push(shortened(link));
  };
  await walk(serverProbes);
  if (links.every(({ state }) => state !== 'faulty')) await walk(probes(probeGateways));
  const firstSilent = silentIn(links);
  return { pipeline: pipeline.name, links, ...(firstSilent === undefined ? {} : { firstSilent }) };
}

function silentIn(links: readonly Link[]): Link | undefined {
  const faulty = links.find(({ state }) => state === 'faulty');
  const begins = links.filter(({ kind }) => entrances.includes(kind));
  const hasBegun = begins.length === 0 || begins.some(({ state }) => state === 'well');
  return faulty ?? (hasBegun ? undefined : begins[0]);
}

function shortened({ warnings = [], ...link }: Link): Link {
  const short = { ...link, finding: oneLine(link.finding) };
  if (warnings.length === 0) return short;
  return { ...short, warnings: warnings.map((each) => ({ ...each, finding: oneLine(each.finding) })) };
}

/** Errors of others (a database engine's) go over many lines: a finding is one, of a length that a terminal holds. */
function oneLine(finding: string): string {
  const [first = ''] = finding.split('\n');
  return first.length > findingLength ? `${first.slice(0, findingLength - 1)}…` : first;
}
