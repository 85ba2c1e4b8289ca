import { counted, formatBytes, formatCount } from '../../base/units.ts';
import type { ReplacedObject } from './journal.ts';
import type { HomeSearch } from './search-home.ts';

/** What was erased in one place. */
export interface ErasedPlace {
  readonly place: string;
  /** Files or objects that were written anew or removed. */
  readonly files: number;
  /** Records, rows or values that went; 0 where files went whole. */
  readonly rows: number;
}

/** What an erasure did and what was found after it. Holds a keyed hash of the id, never the id. */
export interface Certificate {
  readonly format: 1;
  readonly field: string;
  readonly person: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly by: { readonly user: string; readonly host: string; readonly pid: number; readonly version: string };
  readonly places: readonly ErasedPlace[];
  readonly rewritten: readonly ReplacedObject[];
  readonly verification: HomeSearch;
}

export function isClean({ verification }: Pick<Certificate, 'verification'>): boolean {
  return verification.findings.length === 0;
}

/** The certificate as it is kept: objects with their contents before and after. */
export function certificateJson(certificate: Certificate): unknown {
  const rewritten = certificate.rewritten.map(({ key, container, rows, etag, now }) => {
    return { key, container, rows: rows.length, before: etag, after: now.etag };
  });
  return { ...certificate, rewritten, clean: isClean(certificate) };
}

export function certificateText(certificate: Certificate): string {
  const { field, person, startedAt, endedAt, by, places, rewritten, verification } = certificate;
  const { files, bytes, containers, findings } = verification;
  const read = Object.entries(containers).map(([container, count]) => `${formatCount(count)} ${container}`);
  return [
    'CERTIFICATE OF ERASURE',
    '',
    `person      ${field} = ${person}  (keyed hash)`,
    `begun       ${startedAt}`,
    `ended       ${endedAt}`,
    `by          ${by.user} on ${by.host}, process ${by.pid}, Playhead ${by.version}`,
    '',
    'ERASED',
    ...places.map(({ place, files: count, rows }) => {
      return `  ${place}: ${counted(rows, 'record')}, ${counted(count, 'file')}`;
    }),
    `  ${counted(rewritten.length, 'object')} of the lake written anew; the certificate as JSON names each`,
    '',
    'FROM NOW ON',
    '  records with this id in this field take their place in the log and nothing else; the ledger has them as erased',
    '',
    'VERIFIED',
    `  ${counted(files, 'file')}, ${formatBytes(bytes)}, decoded and searched: ${read.join(', ')}`,
    ...(findings.length === 0
      ? ['  nothing of the person was found']
      : ['  NOT CLEAN. Still found in:', ...findings.map(({ file, container }) => `    ${file} (${container})`)]),
    '',
  ].join('\n');
}
