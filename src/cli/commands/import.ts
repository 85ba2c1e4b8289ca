import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import type { Command } from '../command.ts';
import { deliveryText } from '../delivery-text.ts';

/** Stands for what no Firehose document knows: the stream's name in the pipeline. */
const placeholder = 'YOUR_STREAM';

export const command: Command = async (invocation, context) => {
  const what = invocation.argument(0);
  if (what !== 'firehose') {
    throw new PlayheadError('PH_USAGE', `cannot import ${what}: there is firehose`, {
      hint: 'playhead import firehose delivery-stream.json',
    });
  }
  const path = invocation.argument(1) ?? '';
  const document = await readDocument(resolve(context.workingDirectory, path), context.effects);
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
  return { data: imported, text: lines.join('\n') };
};

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
