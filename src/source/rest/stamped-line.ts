const CLOSE_OBJECT = 0x7d;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/** The field under which an answer's metadata stands beside what the source sent. */
export const metadataField = '_metadata';

/**
 * The bytes of a JSON object as they came, on one line, with metadata put before its last brace. A line break can stand
 * only between tokens there, where a space means the same.
 */
export function stampedLine(body: Uint8Array, metadata: Readonly<Record<string, string>>): Buffer {
  const end = body.lastIndexOf(CLOSE_OBJECT);
  const own = Buffer.from(body.subarray(0, end)).map((byte) => (byte === NEWLINE || byte === RETURN ? SPACE : byte));
  const comma = /^\s*\{\s*$/.test(Buffer.from(own.subarray(0, 64)).toString()) ? '' : ',';
  return Buffer.concat([own, Buffer.from(`${comma}"${metadataField}":${JSON.stringify(metadata)}}`)]);
}
