import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import type { LifecycleRule } from '../../govern/lifecycle.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { deliveryText } from '../delivery-text.ts';

/** Stands for what no Firehose document knows: the stream's name in the pipeline. */
const placeholder = 'YOUR_STREAM';

export const command: Command = async (invocation, context) => {
  const what = invocation.argument(0);
  if (what !== 'firehose' && what !== 'lifecycle') {
    throw new PlayheadError('PH_USAGE', `cannot import ${what}: there are firehose and lifecycle`, {
      hint: 'playhead import firehose delivery-stream.json',
    });
  }
  const path = invocation.argument(1) ?? '';
  const document = await readDocument(resolve(context.workingDirectory, path), context.effects);
  return what === 'firehose' ? firehose(document, context) : lifecycle(document, context);
};

async function lifecycle(document: string, context: Context): Promise<CommandResult> {
  const [{ importLifecycle }, { lifecycleProblems }] = await Promise.all([
    import('../../govern/lifecycle-config.ts'),
    import('../../govern/lifecycle-problems.ts'),
  ]);
  const imported = importLifecycle(document);
  const problems = lifecycleProblems(imported.definition);
  const { dim, yellow } = context.output.style;
  const remarks = (title: string, lines: readonly (readonly [string, string])[]): readonly string[] =>
    lines.length === 0
      ? []
      : ['', dim(`// ${title}`), ...lines.map(([at, why]) => `${dim('//')} ${yellow(at)} ${dim(`(${why})`)}`)];
  const lines = [
    dim('// For the `lifecycle` section of your pipeline.'),
    `storage: lifecycle(${rulesText(imported.definition.rules)}),`,
    ...remarks(
      'Not taken:',
      imported.unsupported.map(({ path, why }) => [path, why] as const),
    ),
    ...remarks(
      'Problems:',
      problems.map(({ path, message }) => [path, message] as const),
    ),
  ];
  return {
    data: { ...imported, problems },
    text: lines.join('\n'),
    isVerbatim: true,
    exitCode: problems.length === 0 ? 0 : 2,
  };
}

/** The rules as a person writes them: without what `lifecycle` fills in. */
function rulesText(rules: readonly LifecycleRule[]): string {
  const written = rules.map((rule) =>
    Object.fromEntries(
      Object.entries(rule)
        .filter(
          ([name, value]) =>
            !(value === false || (name === 'enabled' && value) || (Array.isArray(value) && value.length === 0)),
        )
        .concat(rule.enabled ? [] : [['enabled', false]]),
    ),
  );
  return JSON.stringify(written, null, 2)
    .replace(/"([A-Za-z_]\w*)":/g, '$1:')
    .replaceAll('"', "'");
}

async function firehose(document: string, context: Context): Promise<CommandResult> {
  const { importFirehose } = await import('../../delivery/firehose-config.ts');
  const imported = importFirehose(document, placeholder);
  const { dim, yellow } = context.output.style;
  const { name, source, definition, unsupported, notes } = imported;
  const fed = source.topic === undefined ? source.kind : `${source.kind}, topic ${source.topic}`;
  const lines = [
    dim(`// From the Firehose delivery stream ${name} (${fed}), for the deliveries of your pipeline.`),
    dim(`// ${placeholder}: put the name of the stream there that takes these records.`),
    ...(definition.table === undefined
      ? []
      : [dim(`// ${definition.table}: the pipeline needs a table of this name.`)]),
    deliveryText(identifier(name), definition),
    ...notes.map((note) => dim(`// ${note}`)),
    ...(unsupported.length === 0 ? [] : ['', dim('// Not taken:')]),
    ...unsupported.map(({ path: setting, why }) => `${dim('//')} ${yellow(setting)} ${dim(`(${why})`)}`),
  ];
  return { data: imported, text: lines.join('\n'), isVerbatim: true };
}

async function readDocument(
  path: string,
  { fs }: { fs: { readFile: (path: string, encoding: 'utf8') => Promise<string> } },
): Promise<string> {
  try {
    return await fs.readFile(path, 'utf8');
  } catch (cause) {
    throw new PlayheadError('PH_USAGE', `${path} cannot be read`, { cause });
  }
}

/** `Web-Clicks Stream` → `web_clicks_stream`: a name that an address may have. */
function identifier(name: string): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return words.replace(/^[^a-z]+|_+$/g, '') || 'imported';
}
