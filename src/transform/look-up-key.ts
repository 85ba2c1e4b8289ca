import type { Effects } from '../base/effects.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { committedSidecars, fatesWhere, type RecordFate } from './committed-sidecars.ts';
import { hashOf } from './fingerprint.ts';

/**
 * All records of a key (`keyText`) that a job ever read and committed, in the order of arrival: one row group a sidecar is
 * decoded.
 */
export async function lookUpKey(
  session: DuckSession,
  store: ObjectStore,
  job: string,
  key: string,
  effects: Effects,
): Promise<readonly RecordFate[]> {
  const sidecars = await committedSidecars(store, job, effects);
  return fatesWhere(session, sidecars, `key_hash = ${hashOf(key)} AND key = ${sqlString(key)}`);
}
