/** Columns that a text takes on a terminal: combining marks none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  // Most cells are plain: printable ASCII is as wide as it is long.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
const emoji = /\p{Emoji_Presentation}|\uFE0F/u;
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u;

let segmenter: Intl.Segmenter | undefined;

/** Made by the first text that is not plain: most processes never see one, and its tables take a while to load. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function graphemeWidth(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0;
  return emoji.test(grapheme) || wide.test(grapheme) ? 2 : 1;
}

/** The text cut to `width` columns, its end replaced by `…` where it was longer. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let result = '';
  let used = 0;
  for (const { segment } of graphemes(text)) {
    const next = graphemeWidth(segment);
    if (used + next > width - 1) break;
    result += segment;
    used += next;
  }
  return `${result}…`;
}
