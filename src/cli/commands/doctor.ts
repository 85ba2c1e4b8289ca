import { type Diagnosis, diagnose } from '../../check/doctor.ts';
import type { Link, LinkKind } from '../../check/link.ts';
import type { Command } from '../command.ts';
import type { Style } from '../output.ts';
import { pipelineNamed } from '../targets.ts';
import { typeable } from '../typeable.ts';

const titles: Readonly<Record<LinkKind, string>> = {
  definitions: 'definitions',
  reference: 'reference data',
  source: 'source',
  stream: 'stream',
  delivery: 'delivery',
  catalog: 'catalog',
  job: 'job',
  query: 'query',
  lineage: 'lineage',
};

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const named = invocation.argument(0);
  const pipelines = named === undefined ? engine.pipelines : [pipelineNamed(engine.pipelines, named)];
  const calledAs = context.host.calledAs(context.workingDirectory);
  const diagnoses: Diagnosis[] = [];
  for (const pipeline of pipelines) diagnoses.push(typed(await diagnose(engine, pipeline), calledAs));
  const silent = diagnoses.some(({ firstSilent }) => firstSilent !== undefined);
  return {
    data: { pipelines: diagnoses },
    text: diagnoses.map((diagnosis) => diagnosisText(diagnosis, context.output.style, `${calledAs} logs`)).join('\n\n'),
    exitCode: silent ? 4 : 0,
  };
};

/** With remedies that can be typed. */
function typed({ links, firstSilent, ...rest }: Diagnosis, calledAs: string): Diagnosis {
  const of = (link: Link): Link =>
    link.remedy === undefined ? link : { ...link, remedy: typeable(link.remedy, calledAs) };
  const typedLinks = links.map(of);
  const silent = firstSilent === undefined ? undefined : typedLinks[links.indexOf(firstSilent)];
  return { ...rest, links: typedLinks, ...(silent === undefined ? {} : { firstSilent: silent }) };
}

function diagnosisText({ pipeline, links, firstSilent }: Diagnosis, style: Style, otherwise: string): string {
  const width = Math.max(...links.map(({ address }) => address.length));
  const lines = links.map((link) => {
    const mark = link.ok ? style.green('✓') : link === firstSilent ? style.red('✗') : style.dim('·');
    const line = `${titles[link.kind].padEnd(14)}  ${link.address.padEnd(width)}  ${link.finding}`;
    const behind = !link.ok && link !== firstSilent;
    return `  ${mark} ${behind ? style.dim(line) : line}`;
  });
  const conclusion =
    firstSilent === undefined
      ? style.green('Every link is well.')
      : `${style.bold(`${firstSilent.address} is the first silent link`)}: ${firstSilent.finding}\n  → ${firstSilent.remedy ?? otherwise}`;
  return [style.bold(pipeline), ...lines, '', conclusion].join('\n');
}
