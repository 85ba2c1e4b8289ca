import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { storageError } from '../../lake/storage-error.ts';
import { TruthFile, type TruthRun } from '../../source/sessions/truth.ts';

/** A truth file that is being written: `end` writes its totals and resolves when all of it is on the disk. */
export interface OpenTruth {
  readonly sink: TruthFile;
  end(): Promise<void>;
}

/** Opens a truth file at a path, replacing what is there. */
export function openTruthFile(path: string, run: TruthRun): OpenTruth {
  const stream = createWriteStream(path, { flush: true });
  const done = finished(stream).catch((cause: unknown) => {
    throw storageError(cause, `writing the truth file ${path}`);
  });
  // Looked at in `end`; a failure before that must not end the process unheard.
  done.catch(() => {});
  const sink = new TruthFile(run, (line) => stream.write(line));
  return {
    sink,
    end: async () => {
      sink.end();
      stream.end();
      await done;
    },
  };
}
