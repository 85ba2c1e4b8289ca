import { PlayheadError } from '../../base/errors.ts';
import { type Diagnosis, diagnose } from '../../check/doctor.ts';
import type { Link, Warning } from '../../check/link.ts';
import { probeGateways } from '../../server/probe-gateways.ts';
import type { Command } from '../command.ts';
import { diagnosisText } from '../diagnosis-text.ts';
import { pipelinesNamed } from '../targets.ts';
import { typeable } from '../typeable.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  if (engine.pipelines.length === 0)
    throw new PlayheadError('PH_USAGE', 'no pipeline is loaded: there is nothing to look at', {
      hint: '`playhead init DIR` starts a project.',
    });
  const pipelines = pipelinesNamed(engine.pipelines, invocation.argument(0));
  const calledAs = context.host.calledAs(context.workingDirectory);
  const diagnoses: Diagnosis[] = [];
  for (const pipeline of pipelines) diagnoses.push(typed(await diagnose(engine, pipeline, probeGateways), calledAs));
  const silent = diagnoses.some(({ firstSilent }) => firstSilent !== undefined);
  return {
    data: { pipelines: diagnoses },
    text: diagnoses.map((diagnosis) => diagnosisText(diagnosis, context.output, `${calledAs} logs`)).join('\n\n'),
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
