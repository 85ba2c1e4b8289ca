/** What the id looks like within base64, at each of the three places where it can begin, without what neighbours change. */
export function base64Forms(value: string): readonly Buffer[] {
  const length = Buffer.byteLength(value);
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64');
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + length) * 8) / 6);
    return Buffer.from(text.slice(from, to));
  });
}

/** A form that was met is decoded with what stands around it: the id may be the beginning of a longer one. */
export function inBase64(bytes: Buffer, forms: readonly Buffer[], inPlain: (bytes: Buffer) => boolean): boolean {
  for (const form of forms) {
    for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) {
      let start = at;
      while (start > 0 && isBase64(bytes[start - 1] ?? 0)) start -= 1;
      let end = at + form.length;
      while (end < bytes.length && isBase64(bytes[end] ?? 0)) end += 1;
      const run = bytes.toString('latin1', start, end);
      // Where the run began before what is at hand, its groups of four may begin at any of four places.
      for (let skip = 0; skip < 4; skip += 1) if (inPlain(Buffer.from(run.slice(skip), 'base64'))) return true;
    }
  }
  return false;
}

function isBase64(byte: number): boolean {
  return /[A-Za-z0-9+/]/.test(String.fromCharCode(byte));
}
