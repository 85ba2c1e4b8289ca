/** `playhead` where a command begins (a line, a quotation, after `|` or `<(`) and another word of it follows. */
const call = /(?<=^ *|[`(]|: |\| |, )playhead (?=[a-z]|--|COMMAND)/gm;

/** A message, hint or remedy with its commands as they can be typed here: the rooms below know only `playhead`. */
export function typeable(text: string, calledAs: string): string {
  return text.replaceAll(call, () => `${calledAs} `);
}
