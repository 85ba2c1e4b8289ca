import { escaped } from '../../govern/erase/id-patterns.ts';
import type { Wanted } from './record-fields.ts';

/** True for a line of an error object whose raw data could be that of a record with these values. */
export function rawDataMatcher(wanted: Wanted): (line: Buffer) => boolean {
  const matches = textMatcher(wanted);
  return (line) => {
    // Written by deliveries, one JSON object a line.
    const { rawData } = JSON.parse(line.toString()) as { rawData: string | null };
    return matches(Buffer.from(rawData ?? '', 'base64').toString());
  };
}

/** A shorter value stands in many a text by chance. */
const fewestTelling = 8;

/** True for text that could not be parsed and holds each value: one that is short only as its field's, `"field": value`. */
export function textMatcher(wanted: Wanted): (text: string) => boolean {
  const patterns = Object.entries(wanted).map(([name, value]) => {
    const [field, quoted, plain] = [JSON.stringify(name), JSON.stringify(value), value].map(escaped);
    const ofField = `${field}\\s*:\\s*(?:${quoted}|${plain}(?=[\\s,}\\]]|$))`;
    return new RegExp(value.length < fewestTelling ? ofField : `${ofField}|${plain}`);
  });
  return (text) => patterns.every((pattern) => pattern.test(text));
}
