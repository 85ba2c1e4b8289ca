import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { either, suggestion } from '../../base/nearest.ts';
import { formatBytes } from '../../base/units.ts';
import { defaultReport, gatherReport } from '../../check/report/daily-report.ts';
import type { ReportDefinition } from '../../insight/report/definition.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Command } from '../command.ts';
import { fileSink } from '../file-sink.ts';
import { parseInstant } from '../invocation.ts';
import { pipelineNamed } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const name = invocation.argument(0) ?? 'daily';
  const defining = engine.pipelines.filter(({ reports }) => name in reports);
  const named = invocation.argument(1);
  // Where one pipeline alone defines it, nobody needs to say which.
  const pipeline = pipelineNamed(named === undefined && defining.length === 1 ? defining : engine.pipelines, named);
  const definition = reportNamed(pipeline, name);
  const written = invocation.text('day');
  const day = written === undefined ? undefined : new Date(parseInstant(written, '--day')).toISOString().slice(0, 10);
  const progress = context.progress();
  progress.update('gathering the report');
  try {
    const page = await gatherReport(engine, pipeline, definition, day, (title) => progress.update(`report: ${title}`));
    const { renderPage } = await import('../../insight/report/render-page.ts');
    const html = renderPage(page);
    const file = invocation.text('out') ?? [pipeline.name, name, page.day].filter(Boolean).join('-').concat('.html');
    if (file === '-') {
      progress.end();
      await context.output.out(html);
      return {};
    }
    const path = resolve(context.workingDirectory, file);
    const sink = await fileSink(path);
    await sink.write(html);
    await sink.close();
    const sizeBytes = Buffer.byteLength(html);
    const sections = page.parts.map(({ title }) => title);
    return {
      data: { file: path, pipeline: pipeline.name, report: name, day: page.day ?? null, sizeBytes, sections },
      text: `${path}: ${page.day ?? 'all that there is'}, ${sections.join(', ')} (${formatBytes(sizeBytes)})`,
    };
  } finally {
    progress.end();
  }
};

/** A report that the pipeline defines; `daily` there is always. */
function reportNamed(pipeline: PipelineDefinition, name: string): ReportDefinition {
  const found = pipeline.reports[name];
  if (found !== undefined) return found;
  if (name === 'daily') return defaultReport(pipeline);
  const names = [...new Set(['daily', ...Object.keys(pipeline.reports)])];
  throw new PlayheadError('PH_ADDRESS_UNKNOWN', `${pipeline.name} has no report "${name}"`, {
    hint: suggestion(name, names) || `There is ${either(names)}.`,
  });
}
