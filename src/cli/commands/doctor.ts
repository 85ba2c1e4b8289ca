import { PlayheadError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import { type Diagnosis, diagnose } from '../../check/doctor.ts';
import type { Link, LinkKind, Warning } from '../../check/link.ts';
import type { Command } from '../command.ts';
import type { Style } from '../output.ts';
import { pipelinesNamed } from '../targets.ts';
import { typeable } from '../typeable.ts';

const titles: Readonly<Record<LinkKind, string>> = {
  definitions: 'definitions',
  lake: 'lake',
  topic: 'topic',
  reference: 'reference data',
  source: 'source',
  stream: 'stream',
  delivery: 'delivery',
  catalog: 'catalog',
  job: 'job',
  query: 'query',
  lineage: 'lineage',
  metrics: 'metrics',
};

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  if (engine.pipelines.length === 0)
    throw new PlayheadError('PH_USAGE', 'no pipeline is loaded: there is nothing to look at', {
      hint: '`playhead init DIR` starts a project.',
    });
  const pipelines = pipelinesNamed(engine.pipelines, invocation.argument(0));
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
  const of = <T extends Warning>(found: T): T =>
    found.remedy === undefined ? found : { ...found, remedy: typeable(found.remedy, calledAs) };
  const typedLinks = links.map((link): Link => {
    return link.warnings === undefined ? of(link) : { ...of(link), warnings: link.warnings.map(of) };
  });
  const silent = firstSilent === undefined ? undefined : typedLinks[links.indexOf(firstSilent)];
  return { ...rest, links: typedLinks, ...(silent === undefined ? {} : { firstSilent: silent }) };
}

function diagnosisText({ pipeline, links, firstSilent }: Diagnosis, style: Style, otherwise: string): string {
  const width = Math.max(...links.map(({ address }) => address.length));
  const warned = links.reduce((sum, { warnings = [] }) => sum + warnings.length, 0);
  const lines = links.flatMap((link) => {
    const { warnings = [] } = link;
    const well = warnings.length === 0 ? style.green('✓') : style.yellow('!');
    const mark = link.ok ? well : link === firstSilent ? style.red('✗') : style.dim('·');
    const line = `${titles[link.kind].padEnd(14)}  ${link.address.padEnd(width)}  ${link.finding}`;
    const behind = !link.ok && link !== firstSilent;
    const indent = ' '.repeat(4 + 14 + 2 + width + 2);
    return [
      `  ${mark} ${behind ? style.dim(line) : line}`,
      ...warnings.flatMap(({ finding, remedy }) => [
        `${indent}${style.yellow(finding)}`,
        ...(remedy === undefined ? [] : [`${indent}→ ${remedy}`]),
      ]),
    ];
  });
  const passing =
    warned === 0
      ? style.green('Every link is well.')
      : style.yellow(`Records pass every link; ${counted(warned, 'warning')} above.`);
  const conclusion =
    firstSilent === undefined
      ? passing
      : `${style.bold(`${firstSilent.address} is the first silent link`)}: ${firstSilent.finding}\n  → ${firstSilent.remedy ?? otherwise}`;
  return [style.bold(pipeline), ...lines, '', conclusion].join('\n');
}
