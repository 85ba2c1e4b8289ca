import { join } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import type { CopiedFiles } from './copied-files.ts';
import { type Content, type CopiedAttributes, writeCopy } from './write-copy.ts';

/** An export under way. */
export interface Exporting {
  readonly engine: Engine;
  readonly lake: ObjectStore;
  /** Where it goes. */
  readonly folder: string;
  readonly files: CopiedFiles;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** A content of the source: `version` tells it from another one of the same path. */
export interface SourceFile extends CopiedAttributes {
  readonly path: string;
  readonly version: string;
  readonly body: () => AsyncIterable<Uint8Array>;
  /** Whether what was read is this content. */
  readonly isRight: (content: Content) => Promise<boolean>;
}

/** Has the export hold a content as of this round; read only where it is not there yet. False where it is another one by now. */
export async function take(exporting: Exporting, source: SourceFile, round: number): Promise<boolean> {
  const { files, folder, signal, engine } = exporting;
  const { path, version, modifiedMs, mode } = source;
  if (signal.aborted) throw new PlayheadError('PH_INTERRUPTED', 'interrupted while exporting: run it again to go on');
  if (files.version(path) !== version) {
    files.forget(path);
    const content = await writeCopy(folder, path, source.body(), { modifiedMs, mode }, source.isRight, engine.effects);
    if (content === undefined) return false;
    await engine.effects.reached('export.copied');
    files.record({ path, version, modifiedMs, mode, ...content });
  }
  files.see(path, round);
  return true;
}

/** Takes those files out of the folder that the round did not settle. */
export async function dropLeftOver({ files, folder, engine }: Exporting, round: number): Promise<void> {
  for (const path of files.leftOver(round)) {
    await engine.effects.fs.rm(join(folder, path), { force: true });
    files.forget(path);
  }
}
