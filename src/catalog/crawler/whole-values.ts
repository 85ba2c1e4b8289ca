const code = { quote: 0x22, backslash: 0x5c, open: 0x7b, close: 0x7d, openList: 0x5b, closeList: 0x5d } as const;

/**
 * The whole JSON values at the beginning of a text that is cut off somewhere: up to the end of its last object that is
 * whole, be they lines, one after the other, or the elements of one array (which is closed again). Empty where no
 * object is whole.
 */
export function wholeValues(text: Uint8Array): Uint8Array {
  const first = text.findIndex((byte) => byte > 0x20);
  const isList = text[first] === code.openList;
  const top = isList ? 1 : 0;
  let depth = 0;
  let inString = false;
  let end = 0;
  for (let i = Math.max(first, 0); i < text.length; i += 1) {
    const byte = text[i];
    if (inString) {
      if (byte === code.backslash) i += 1;
      else if (byte === code.quote) inString = false;
    } else if (byte === code.quote) inString = true;
    else if (byte === code.open || byte === code.openList) depth += 1;
    else if (byte === code.close || byte === code.closeList) {
      depth -= 1;
      if (depth === top) end = i + 1;
    }
  }
  if (end === 0) return text.subarray(0, 0);
  const whole = text.subarray(0, end);
  return isList ? Buffer.concat([whole, Uint8Array.of(code.closeList)]) : whole;
}
