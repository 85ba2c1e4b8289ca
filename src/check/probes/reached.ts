import { type ErrorCode, isPlayheadError } from '../../base/errors.ts';
import { type Found, faulty, type Link } from '../link.ts';

/** A server that is away, that refuses, or whose settings or secrets are wrong. */
const unusable: readonly ErrorCode[] = [
  'PH_ACCESS_REFUSED',
  'PH_STREAM_FAILED',
  'PH_STORAGE_FAILED',
  'PH_STORAGE_READ_ONLY',
  'PH_SECRET_MISSING',
  'PH_CONFIG_INVALID',
];

/** That rights are lacking: the first in the finding, the others below it, so that each is read whole. */
export function lacking(who: string, missing: readonly [string, ...string[]]): Found {
  const [first, ...others] = missing;
  const remedy = 'give them: docs/services.md lists all that is asked for';
  const warnings = others.map((right) => ({ finding: `and ${right}` }));
  return { ...faulty(`${who} lack ${first}`, remedy), warnings };
}

/** What a look at a server found, or why it can't be had; nothing where there is no server. */
export async function reached(
  link: Pick<Link, 'kind' | 'address'>,
  look: () => Promise<Found | undefined>,
): Promise<readonly Link[]> {
  try {
    const found = await look();
    return found === undefined ? [] : [{ ...link, ...found }];
  } catch (error) {
    if (!isPlayheadError(error) || !unusable.includes(error.code)) throw error;
    return [{ ...link, ...faulty(error.message, error.hint) }];
  }
}
