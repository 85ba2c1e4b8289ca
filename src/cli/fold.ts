import { displayWidth } from '../query/display-width.ts';

/** What lines begin with that no fold may break: data (JSON, the frames of tables), and commands that are to be copied. */
const keptStart = /^(?:[{│┌├└]|\s*(?:export|cd|npm|\S*playhead) )/;

/** What stands before the text of a line: space, colours, and a sign of how it went or that it is a hint. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const lead = /^(?:\u001b\[[\d;]*m|[\s✓✗!→])*/;

/** What a fold leaves of a line at least, columns: else it hangs under the line's text, not under its last column. */
const leastRoom = 32;

/**
 * A text in which no line is wider than `columns`, unless a word is. What is folded hangs under the last column of its line,
 * where there is room, else under its text.
 */
export function folded(text: string, columns: number): string {
  if (columns === Number.POSITIVE_INFINITY) return text;
  const fits = (line: string): boolean => shownWidth(line) <= columns || keptStart.test(line);
  return text
    .split('\n')
    .flatMap((line) => (fits(line) ? [line] : hung(line, columns)))
    .join('\n');
}

function hung(line: string, columns: number): readonly string[] {
  const column = line.includes('  ') ? line.lastIndexOf('  ') + 2 : 0;
  const hasRoom = columns - shownWidth(line.slice(0, column)) >= leastRoom;
  const start = Math.max(hasRoom ? column : 0, lead.exec(line)?.[0].length ?? 0);
  const before = line.slice(0, start);
  const indent = ' '.repeat(shownWidth(before));
  return foldedWords(line.slice(start), columns - indent.length).map((words, i) => (i === 0 ? before : indent) + words);
}

/**
 * Lines of whole words, none wider than `width` unless a word is. A path is broken after a slash; a command between
 * backticks is not, as it is to be copied.
 */
export function foldedWords(text: string, width: number): readonly string[] {
  const words = text.split(/ (?=(?:[^`]*`[^`]*`)*[^`]*$)/);
  return filled(
    words.flatMap((word) =>
      word.includes(' ') || shownWidth(word) <= width ? [word] : filled(word.split(/(?<=\/)/), width, ''),
    ),
    width,
    ' ',
  );
}

/** Lines that take as many parts each as fit. */
function filled(parts: readonly string[], width: number, between: string): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}${between}${part}`;
    if (lines.length > 0 && shownWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function shownWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room
  return displayWidth(text.replace(/\u001b\[[\d;]*m/g, ''));
}
