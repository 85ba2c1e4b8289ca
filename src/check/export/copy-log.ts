import { join } from 'node:path';
import { fileParts } from '../../base/file-parts.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import { topicFiles, topicIndexName } from '../../stream/embedded/topic-files.ts';
import { takeDatabase } from './copy-state.ts';
import { type Exporting, take } from './exporting.ts';

/** Where each partition of each topic begins, by topic. */
export type LogStarts = ReadonlyMap<string, readonly bigint[]>;

/** Of the topics that are in this home. */
export async function logStarts({ engine }: Exporting): Promise<LogStarts> {
  const { home, effects } = engine;
  const topics = await effects.fs.readdir(home.log).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw storageError(cause, `listing ${home.log}`);
  });
  const stream = topics.length === 0 ? undefined : await engine.stream();
  const starts = new Map<string, readonly bigint[]>();
  for (const topic of topics.sort()) {
    const found = await stream?.describe(topic);
    if (found !== undefined)
      starts.set(
        topic,
        found.state.map(({ start }) => start),
      );
  }
  return starts;
}

/**
 * Copies the log behind the commits, so that it holds every record that they don't: its index first, which says how far each
 * segment is the log, then the segments that far. False where it was trimmed since `before`: what a later
 * commit delivered may then be in neither.
 */
export async function copyLog(exporting: Exporting, before: LogStarts, round: number): Promise<boolean> {
  const { engine, folder, files } = exporting;
  let isWhole = true;
  for (const [topic, starts] of before) {
    const index = `log/${topic}/${topicIndexName}`;
    await takeDatabase(exporting, index, round);
    const found = topicFiles(join(folder, index));
    isWhole = isWhole && starts.join() === found.starts.join();
    for (const { name, sizeBytes } of found.segments) {
      const path = `log/${topic}/${name}`;
      const isRight = async (content: { readonly sizeBytes: number }): Promise<boolean> =>
        content.sizeBytes === sizeBytes;
      const attributes = { path, version: String(sizeBytes), modifiedMs: engine.effects.clock.now(), mode: 0o666 };
      const body = () => fileParts(join(engine.home.root, path), engine.effects, sizeBytes);
      if (await take(exporting, { ...attributes, body, isRight }, round)) files.settle(path, round);
      else throw storageError(new Error(`it ends before ${sizeBytes} bytes`), `copying ${path}`);
    }
  }
  return isWhole;
}
