/** Ways in which a record is well-formed and wrong all the same. */
export const invalidForms = ['wrong-type', 'unknown-title'] as const;
export type InvalidForm = (typeof invalidForms)[number];

/** A number that stands as a field's value: in JSON no text has a bare `":` before it. */
const numberField = /(?<!\\)":-?\d[\d.]*/;

/**
 * A copy of a record (which ends in a newline, as the copy does) that is a JSON object and breaks a rule of its fields:
 * its first number is a text, or its title is none of those that are known. A record without a number, or one that does
 * not tell its title, gets the other fault; one with neither stays as it is.
 */
export function invalidate(
  record: Uint8Array,
  form: InvalidForm,
  title: string,
  titles: ReadonlySet<string>,
): Uint8Array {
  const text = Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString();
  const retyped = (): string => text.replace(numberField, '":"n/a"');
  // A function as replacement: an id may hold what stands for something in a pattern of `replace`.
  const retitled = (): string => text.replace(JSON.stringify(title), () => JSON.stringify(unknownId(title, titles)));
  const [first, second] = form === 'wrong-type' ? [retyped, retitled] : [retitled, retyped];
  const copy = first();
  return Buffer.from(copy === text ? second() : copy);
}

/** An id like this one that none of the known is: with another digit, or else a longer one. */
function unknownId(id: string, known: ReadonlySet<string>): string {
  for (let at = id.length - 1; at >= 0; at -= 1) {
    if (!/\d/.test(id.charAt(at))) continue;
    for (let digit = 0; digit < 10; digit += 1) {
      const other = `${id.slice(0, at)}${digit}${id.slice(at + 1)}`;
      if (!known.has(other)) return other;
    }
  }
  let longer = `${id}0`;
  while (known.has(longer)) longer += '0';
  return longer;
}
