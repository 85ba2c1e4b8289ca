import { PlayheadError } from '../../base/errors.ts';
import { secretPlace } from '../../base/secret.ts';
import { formatDuration } from '../../base/units.ts';
import type { Attempt } from './attempt.ts';
import type { RestAuth, RestSource } from './definition.ts';

const shownCharacters = 200;

/** Takes the key out of a text: before the text is shortened, which could leave half of it. */
export type Hide = (text: string) => string;

/** What an attempt came to, in words, with the fields of an error's body that the definition names. */
export function attemptText(attempt: Attempt, errorFields: readonly string[], hide: Hide): string {
  if (attempt.kind === 'silence') return attempt.why;
  const status = `answered ${attempt.status} ${attempt.statusText}`.trim();
  const said = errorText(attempt.body, errorFields, hide);
  return said === '' ? status : `${status} (${said})`;
}

function errorText(body: Buffer, fields: readonly string[], hide: Hide): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    // An error page of something in between: its status says enough.
    return '';
  }
  if (typeof parsed !== 'object' || parsed === null) return '';
  const values = new Map<string, unknown>(Object.entries(parsed));
  return fields
    .filter((name) => values.has(name))
    .map((name) => `${name} ${hide(String(values.get(name))).slice(0, shownCharacters)}`)
    .join(', ');
}

/** What an answer that is no success, or none at all, is to whoever runs the source. `what` says who was asked for what. */
export function refusal(what: string, last: Attempt, attempts: number, source: RestSource, hide: Hide): PlayheadError {
  const text = `${what}: ${attemptText(last, source.errorFields, hide)}`;
  if (last.kind === 'answer' && (last.status === 401 || last.status === 403))
    return new PlayheadError('PH_ACCESS_REFUSED', text, { hint: authHint(source.auth), details: detailsOf(last) });
  if (last.kind === 'answer' && !source.retries.statuses.includes(last.status)) {
    const hint = last.status < 400 ? 'Redirects are not followed: name the address that it leads to.' : '';
    return new PlayheadError('PH_SOURCE_INVALID', text, { ...(hint === '' ? {} : { hint }), details: detailsOf(last) });
  }
  const tries = attempts === 1 ? '' : `, ${attempts} times`;
  const askedMs = last.kind === 'answer' ? last.retryAfterMs : undefined;
  const asked = askedMs === undefined ? '' : `; it asks to be left alone for ${formatDuration(askedMs)}`;
  const when = askedMs === undefined ? 'later' : `in ${formatDuration(askedMs)}`;
  return new PlayheadError('PH_SOURCE_FAILED', `${text}${tries}${asked}`, {
    hint: `What was taken before stays. Run it again ${when}: it goes on after the last page that it has.`,
    details: { ...detailsOf(last), ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) },
  });
}

function detailsOf(last: Attempt): Record<string, unknown> {
  return last.kind === 'answer' ? { status: last.status } : {};
}

function authHint(auth: RestAuth): string {
  return auth.by === 'none'
    ? 'The definition sends no key.'
    : `The key is read from ${secretPlace(auth.secret)}: see that it is the right one.`;
}
