import fc from 'fast-check';

/**
 * Any character of Unicode, for `fc.string({ unit: anyCharacter })`: as fast-check's own unit `binary`, which looks up a
 * million of them in a table that takes a second to make, and memory as long as the process lives.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(String.fromCodePoint, codePointOf);

/** So that fast-check knows its own troublesome texts among them. */
function codePointOf(character: unknown): number {
  const codePoint = typeof character === 'string' ? character.codePointAt(0) : undefined;
  if (codePoint === undefined || String.fromCodePoint(codePoint) !== character) throw new Error('not one character');
  return codePoint;
}
