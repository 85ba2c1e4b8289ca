import type { ReplacedObject } from './journal.ts';

/** Objects that an erasure wrote anew. */
export interface Pointing {
  /** By the key that each had, and by the one that it has now: a commit that was amended before a crash names the latter. */
  readonly byKey: ReadonlyMap<string, ReplacedObject>;
  /** Takes the former keys of those that a plan or commit names. */
  readonly named: Set<string>;
  /** Takes the rows that each lost, by its key now. */
  readonly gone: Map<string, number>;
}

/** A plan or commit with every object that it names by key and former etag named as it is now; `except` are fields left alone. */
export function pointedAnew(value: unknown, pointing: Pointing, except: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((each) => pointedAnew(each, pointing, except));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      except.includes(name) ? each : pointedAnew(each, pointing, except),
    ]),
  );
  const object = typeof fields['key'] === 'string' ? pointing.byKey.get(fields['key']) : undefined;
  if (object === undefined) return fields;
  pointing.named.add(object.key);
  return renamed(fields, object, pointing.gone);
}

function renamed(
  fields: Readonly<Record<string, unknown>>,
  { etag, now, rows }: ReplacedObject,
  gone: Map<string, number>,
): Readonly<Record<string, unknown>> {
  const next: Record<string, unknown> = { ...fields };
  if (fields['replaces'] === etag) next['replaces'] = now.etag;
  if (fields['etag'] === undefined || fields['etag'] === etag) next['key'] = now.key;
  if (fields['etag'] !== etag) return next;
  next['etag'] = now.etag;
  if (now.sha256 === undefined) delete next['sha256'];
  else if (fields['sha256'] !== undefined) next['sha256'] = now.sha256;
  if (fields['sizeBytes'] !== undefined) next['sizeBytes'] = now.sizeBytes;
  if (typeof fields['rows'] === 'number' && rows.length > 0) {
    next['rows'] = fields['rows'] - rows.length;
    next['erased'] = Number(fields['erased'] ?? 0) + rows.length;
    gone.set(now.key, rows.length);
  }
  return next;
}
