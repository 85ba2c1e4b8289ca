import { gunzip, type InputType, type ZlibOptions, zstdDecompress } from 'node:zlib';
import { PlayheadError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';

type Inflate = (
  body: InputType,
  options: ZlibOptions,
  done: (error: Error | null, result: Buffer<ArrayBuffer>) => void,
) => void;

/** Encodings of bodies, by their names in Content-Encoding. */
const encodings: Readonly<Record<string, Inflate>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  zstd: (body, { maxOutputLength = 0 }, done) => zstdDecompress(body, { maxOutputLength }, done),
};

/** Refuses an encoding before its body is read: PH_MEDIA_TYPE_UNSUPPORTED. */
export function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding === 'identity' || Object.hasOwn(encodings, encoding.toLowerCase())) return;
  throw new PlayheadError('PH_MEDIA_TYPE_UNSUPPORTED', `bodies can't be encoded as "${encoding}"`, {
    hint: 'Content-Encoding is gzip or zstd, or left out.',
  });
}

/** The body with its encoding undone. Stops at `limitBytes`, whatever it would have become: PH_BODY_TOO_LARGE, PH_BODY_INVALID. */
export async function inflated(body: Buffer, encoding: string | undefined, limitBytes: number): Promise<Buffer> {
  const inflate = encodings[encoding?.toLowerCase() ?? ''];
  if (inflate === undefined) return body;
  return new Promise((resolve, reject) => {
    inflate(body, { maxOutputLength: limitBytes }, (error, result) => {
      if (error === null) resolve(result);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
        reject(bodyTooLarge(limitBytes, ' uncompressed', error));
      else
        reject(new PlayheadError('PH_BODY_INVALID', `the body is not ${encoding}: ${error.message}`, { cause: error }));
    });
  });
}

export function bodyTooLarge(limitBytes: number, how = '', cause?: Error): PlayheadError {
  return new PlayheadError('PH_BODY_TOO_LARGE', `the body is more than ${formatBytes(limitBytes)}${how}`, {
    cause,
    hint: 'Send the records in several requests.',
  });
}
