import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Link, Probe } from './link.ts';
import { probeCatalog } from './probes/catalog.ts';
import { probeDefinitions } from './probes/definitions.ts';
import { probeDeliveries } from './probes/deliveries.ts';
import { probeJobs } from './probes/jobs.ts';
import { probeLake } from './probes/lake.ts';
import { probeLineage } from './probes/lineage.ts';
import { probeMetrics } from './probes/metrics.ts';
import { probeQueries } from './probes/queries.ts';
import { probeReference } from './probes/reference.ts';
import { probeStreams } from './probes/streams.ts';
import { probeTopics } from './probes/topics.ts';

/** Servers first: without one, all that stands on it only repeats that it can't be used. */
const serverProbes: readonly Probe[] = [probeLake, probeTopics];

/** In the order in which records pass. */
const probes: readonly Probe[] = [
  probeDefinitions,
  probeReference,
  probeStreams,
  probeDeliveries,
  probeCatalog,
  probeJobs,
  probeQueries,
  probeLineage,
  probeMetrics,
];

/** Characters. */
const findingLength = 160;

export interface Diagnosis {
  readonly pipeline: string;
  readonly links: readonly Link[];
  /** The first link that is not well: what lies behind it can only wait. */
  readonly firstSilent?: Link;
}

/**
 * Walks a pipeline from its sources to a query and says how each link does. Reads only, but for an object of its own in a
 * store elsewhere, which it takes away again.
 */
export async function diagnose(engine: Engine, pipeline: PipelineDefinition): Promise<Diagnosis> {
  const links: Link[] = [];
  const walk = async (all: readonly Probe[]): Promise<void> => {
    for (const probe of all) for (const link of await probe(engine, pipeline)) links.push(shortened(link));
  };
  await walk(serverProbes);
  if (links.every(({ ok }) => ok)) await walk(probes);
  const firstSilent = links.find(({ ok }) => !ok);
  return { pipeline: pipeline.name, links, ...(firstSilent === undefined ? {} : { firstSilent }) };
}

function shortened({ warnings, ...link }: Link): Link {
  const short = { ...link, finding: oneLine(link.finding) };
  if (warnings === undefined || warnings.length === 0) return short;
  return { ...short, warnings: warnings.map((each) => ({ ...each, finding: oneLine(each.finding) })) };
}

/** Errors of others (a database engine's) go over many lines: a finding is one, of a length that a terminal holds. */
function oneLine(finding: string): string {
  const [first = ''] = finding.split('\n');
  return first.length > findingLength ? `${first.slice(0, findingLength - 1)}…` : first;
}
