import type { Span } from './source-position.ts';

/**
 * SQL text on its way out: pieces, some of which remember the stretch of the user's SQL that they stand for, so that
 * an error of the engine can be shown where the user wrote it.
 */
export type Sql = string | readonly Sql[] | { readonly text: string; readonly from: Span };

/** `sql\`CAST(${value} AS ${type})\`` */
export function sql(strings: TemplateStringsArray, ...values: readonly Sql[]): Sql {
  return strings.flatMap((text, i) => (i === 0 ? [text] : [values[i - 1] ?? '', text]));
}

export function join(items: readonly Sql[], separator = ', '): Sql {
  return items.flatMap((item, i) => (i === 0 ? [item] : [separator, item]));
}

/** For each mapped piece in order: its start in the text (UTF-16 units), its length, and its span in the source. */
export type SourceMap = readonly (readonly [start: number, length: number, from: number, to: number])[];

export function render(piece: Sql): { readonly text: string; readonly map: SourceMap } {
  const texts: string[] = [];
  const map: (readonly [number, number, number, number])[] = [];
  let length = 0;
  const add = (item: Sql): void => {
    if (typeof item === 'string') {
      texts.push(item);
      length += item.length;
    } else if ('text' in item) {
      map.push([length, item.text.length, item.from.start, item.from.end]);
      texts.push(item.text);
      length += item.text.length;
    } else {
      for (const part of item) add(part);
    }
  };
  add(piece);
  return { text: texts.join(''), map };
}

/**
 * The place in the user's SQL for a byte offset in the rendered text: the piece that holds it, else the nearest one
 * before it. Undefined where nothing before it came from the user.
 */
export function sourceOf(text: string, map: SourceMap, byteOffset: number): number | undefined {
  const offset = Buffer.from(text).subarray(0, byteOffset).toString().length;
  let best: number | undefined;
  for (const [start, length, from] of map) {
    if (start > offset) break;
    best = from;
    if (offset < start + length) break;
  }
  return best;
}
