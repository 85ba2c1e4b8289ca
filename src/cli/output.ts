import type { WriteStream } from 'node:tty';
import type { Sink } from './file-sink.ts';
import { folded } from './fold.ts';

/** Where results and messages go: results to `out`, everything else to `err`. */
export interface Output {
  /** Resolves when the text has been taken: a slow reader slows the writer down. */
  out(text: string | Uint8Array): Promise<void>;
  err(text: string): void;
  /** A line on `err` that the next one, or any other text, takes the place of; '' takes it away. Only where it is `live`. */
  draw(line: string): void;
  /** `out` as a sink. */
  readonly sink: Sink;
  /** Colours for `out` and for `err`, each by what it is connected to. */
  readonly style: Style;
  readonly errStyle: Style;
  /** `err` is a terminal, so that a line can be drawn over. */
  readonly live: boolean;
  readonly columns: number;
}

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

const plain: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  cyan: (text) => text,
};

const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;

const coloured: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
};

/**
 * The process's own streams. Colour only on a terminal, never with NO_COLOR (no-color.org) or `--no-color`. A reader who
 * goes away (`| head`) ends the program quietly.
 */
export function processOutput(colour: boolean, env: Readonly<Record<string, string | undefined>>): Output {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', endQuietly);
  const wanted = colour && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const styleOf = (stream: WriteStream): Style => (wanted && stream.isTTY ? coloured : plain);
  let isDrawn = false;
  const draw = (line: string): void => {
    if (line !== '' || isDrawn) stderr.write(`\r\u001b[2K${line}`);
    isDrawn = line !== '';
  };
  const out: Output['out'] = (text) =>
    new Promise((resolve) => {
      draw('');
      if (stdout.write(text)) resolve();
      else stdout.once('drain', resolve);
    });
  return {
    out,
    sink: { write: out, close: async () => {} },
    err: (text) => {
      draw('');
      stderr.write(folded(text, columnsOf(stderr)));
    },
    draw,
    style: styleOf(stdout),
    errStyle: styleOf(stderr),
    live: stderr.isTTY === true && env['TERM'] !== 'dumb',
    columns: columnsOf(stdout),
  };
}

/** A file or a pipe has no width, and some terminals (of zero columns) don't know it: nothing is cut to fit those. */
function columnsOf({ columns }: WriteStream): number {
  return columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

function endQuietly(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
}
