/** Fewer digits of base64 or hexadecimal stand in other texts by chance. */
const leastDigits = 8;

/** Escapes around escapes: more than come about by mistake. */
const mostNested = 6;

/** One escape of JSON (code and logs have the same), of a URL or a form, or of HTML. */
const escapes =
  /\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x([0-9a-f]{1,5});|&#(\d{1,6});|\\(["'\\/])|&(amp|lt|gt|quot|apos);/gi;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Takes a secret out of UTF-8 text: what is left, with `***` in its place and without the escapes that hid it; undefined where the text does not hold it. */
export type SecretCutter = (text: Uint8Array) => string | undefined;

/**
 * Knows a secret, which is not empty, in whatever form others repeat it: as it is, escaped as JSON, URLs, forms and HTML do, also one
 * around another, and in base64 or hexadecimal, alone or within something that was encoded with it. Takes time by the
 * length of the text alone, whatever stands there.
 */
export function secretCutter(secret: string): SecretCutter {
  const forms = [...new Set([byteText(Buffer.from(secret)), ...digitsOf(secret)].map(alike))];
  return (text) => {
    let layer = byteText(text);
    let safe: string | undefined;
    for (let depth = 0; depth <= mostNested; depth += 1) {
      const left = forms.reduce(cut, layer);
      if (left !== layer) safe = left;
      layer = left.replace(escapes, unescaped);
      if (layer === left) break;
    }
    return safe === undefined ? undefined : Buffer.from(safe, 'latin1').toString();
  };
}

/** A character for each byte, so that escapes of bytes and of characters come to the same. */
function byteText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** In hexadecimal, and the digits of base64 that the secret alone decides, whatever stands before and behind it. */
function digitsOf(secret: string): readonly string[] {
  const digits = [secret, encodeURIComponent(secret)].flatMap((text) => {
    const bytes = Buffer.from(text);
    const hex = bytes.toString('hex');
    return [hex, hex.toUpperCase(), ...[0, 1, 2].map((before) => base64Core(bytes, before))];
  });
  return digits.filter(({ length }) => length >= leastDigits);
}

function base64Core(bytes: Buffer, before: number): string {
  const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

/** A blank is `+` in forms, and `+/` are `-_` in base64 for URLs. The text keeps its length. */
function alike(text: string): string {
  return text.replace(/[+-]/g, ' ').replaceAll('_', '/');
}

function cut(text: string, form: string): string {
  const compared = alike(text);
  let left = '';
  let from = 0;
  for (let at = compared.indexOf(form); at >= 0; at = compared.indexOf(form, from)) {
    left += `${text.slice(from, at)}***`;
    from = at + form.length;
  }
  return from === 0 ? text : left + text.slice(from);
}

function unescaped(
  _: string,
  ...[unit, x, byte, code, decimal, itself, entity]: readonly (string | undefined)[]
): string {
  if (byte !== undefined || x !== undefined) return String.fromCharCode(Number.parseInt(byte ?? x ?? '', 16));
  const hex = unit ?? code;
  if (hex === undefined && decimal === undefined) return itself ?? entities[(entity ?? '').toLowerCase()] ?? '';
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return byteText(Buffer.from(String.fromCodePoint(point)));
}
