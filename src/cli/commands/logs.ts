import type { RunLine } from '../../orchestrate/runs.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { runKinds } from '../../pipeline/validate/references.ts';
import type { Command } from '../command.ts';
import { bigintText } from '../failure.ts';
import { foldedWords } from '../fold.ts';
import type { Invocation } from '../invocation.ts';
import type { Output } from '../output.ts';
import { typeable } from '../typeable.ts';

const followMs = 500;

export const command: Command = async (invocation, context) => {
  const { output, effects, signal, json } = context;
  const engine = await context.engine();
  const addresses = namedIn(invocation, engine.pipelines);
  const follow = invocation.flag('follow');
  const runs = await engine.runs();
  const filter = addresses.length === 0 ? {} : { addresses };
  const first = runs.lines({ ...filter, limit: invocation.count('lines', 1) ?? 50 });
  if (!follow && json) return { data: { lines: first } };
  if (!follow && first.length === 0)
    return { text: typeable(nothingYet(addresses), context.host.calledAs(context.workingDirectory)) };
  let width = 0;
  const print = async (lines: readonly RunLine[]): Promise<void> => {
    width = Math.max(width, ...lines.map((line) => line.address.length));
    for (const line of lines) {
      await output.out(json ? `${JSON.stringify(line, bigintText)}\n` : `${lineText(line, width, output)}\n`);
    }
  };
  await print(first);
  let last = first.at(-1)?.id ?? 0;
  while (follow && !signal.aborted) {
    const more = runs.lines({ ...filter, after: last, limit: 1000 });
    await print(more);
    last = more.at(-1)?.id ?? last;
    // Ctrl-C is how following ends: no failure.
    if (more.length === 0) await effects.clock.sleep(followMs, signal).catch(() => {});
  }
  return {};
};

/** Addresses whose runs are asked for: those that are named, and all of a pipeline that is; none where nothing was. */
function namedIn(invocation: Invocation, pipelines: readonly PipelineDefinition[]): readonly string[] {
  return invocation.words().flatMap((named) => {
    const pipeline = pipelines.filter(({ name }) => name === named);
    if (pipeline.length === 0) return [resolveAddress(pipelines, named, runKinds).address];
    return addressed(pipeline, ...runKinds).map(({ address }) => address);
  });
}

function nothingYet(addresses: readonly string[]): string {
  if (addresses.length === 0)
    return 'Nothing has run here yet. `playhead start` runs the schedules, `playhead demo` everything once.';
  return `${addresses.join(', ')}: not run here yet.`;
}

/** What doesn't fit beside the time and the address stands below them. */
function lineText(line: RunLine, width: number, { style, columns }: Output): string {
  const { atMs, address, level, message, fields } = line;
  const time = new Date(atMs).toISOString().replace('T', ' ').replace(/\.\d+/, '');
  const paint = { debug: style.dim, info: style.green, warn: style.yellow, error: style.red }[level];
  const details = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const head = `${style.dim(time)}  ${paint(level.padEnd(5))}  ${style.cyan(address.padEnd(width))}`;
  const said = [message, ...details].join('  ');
  if (time.length + 5 + width + 6 + said.length <= columns) return `${head}  ${said}`;
  return [head, ...foldedWords(said, columns - 4).map((words) => `    ${words}`)].join('\n');
}
