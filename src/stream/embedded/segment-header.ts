/** First bytes of every segment file: what it is, and the version of its format. */
export const segmentHeader: Uint8Array = Buffer.from('PHLOG\0\0\u0001', 'latin1');

export const segmentHeaderBytes = segmentHeader.length;
