/** Ways in which a record arrives broken. */
export const malformedForms = [
  'truncated',
  'not-an-object',
  'no-json',
  'invalid-utf8',
  'nul-byte',
  'lone-surrogate',
  'duplicate-key',
] as const;
export type MalformedForm = (typeof malformedForms)[number];

/** A broken copy of a record (which ends in a newline, as the copy does). No newline comes to stand inside it. */
export function malform(record: Uint8Array, form: MalformedForm): Uint8Array {
  return spoilers[form](record);
}

const newline = 10;
const encoder = new TextEncoder();

const spoilers: Readonly<Record<MalformedForm, (record: Uint8Array) => Uint8Array>> = {
  truncated: (record) => {
    const cut = record.slice(0, Math.max(2, Math.floor(record.length * 0.6)));
    cut[cut.length - 1] = newline;
    return cut;
  },
  'not-an-object': (record) => concat(encoder.encode('['), record.subarray(0, -1), encoder.encode(']\n')),
  'no-json': (record) => replaced(record, 0, encoder.encode('<')),
  'invalid-utf8': (record) => replaced(record, insideString(record, 1), Uint8Array.of(0xff)),
  'nul-byte': (record) => replaced(record, insideString(record, 1), Uint8Array.of(0)),
  'lone-surrogate': (record) => {
    const half = encoder.encode('\\ud800');
    return replaced(record, insideString(record, half.length), half);
  },
  'duplicate-key': (record) => {
    // The first field once more, at the end, with another value.
    const colon = record.indexOf(58);
    return concat(record.subarray(0, -2), encoder.encode(','), record.subarray(1, colon), encoder.encode(':0}\n'));
  },
};

/** Where `length` bytes of a string value can be replaced; 0, the opening brace, where no value is as long. */
function insideString(record: Uint8Array, length: number): number {
  for (let at = record.indexOf(58); at !== -1; at = record.indexOf(58, at + 1)) {
    if (record[at + 1] !== 34) continue;
    const value = record.subarray(at + 2, at + 2 + length);
    if (value.length === length && !value.includes(34) && !value.includes(92)) return at + 2;
  }
  return 0;
}

function replaced(record: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  const copy = record.slice();
  copy.set(by, at);
  return copy;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
