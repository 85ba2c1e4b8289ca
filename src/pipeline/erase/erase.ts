import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { isPlayheadError } from '../../base/errors.ts';
import type { Holder } from '../../commit/holder.ts';
import { createOrAdopt, encodeJson } from '../../commit/json-object.ts';
import { acquireLease } from '../../commit/lease.ts';
import { type Certificate, certificateJson, certificateText } from '../../govern/erase/certificate.ts';
import { begunKey, erasePerson, isKnown, unknownPerson } from '../../govern/erase/erase.ts';
import { isErased } from '../../govern/erase/erased-people.ts';
import { erasuresFolder } from '../../govern/erase/journal.ts';
import type { Person } from '../../govern/erase/person.ts';
import { personFinder } from '../../govern/erase/person-finder.ts';
import type { Erasing } from '../../govern/erase/ports.ts';
import { homeSecret, keyedHash } from '../../govern/home-secret.ts';
import { applyDefinitions } from '../apply/apply.ts';
import type { LoadedConfig } from '../config/config.ts';
import type { PipelineDefinition } from '../definition.ts';
import type { Engine } from '../engine/bind.ts';
import { deliveryOf } from '../engine/delivery-of.ts';
import { addressed } from '../graph/address.ts';
import { engineRunner } from '../run/handlers.ts';
import { boundPorts, everyPipeline } from './erase-ports.ts';
import { refuseDefinedPerson } from './refuse-defined-person.ts';
import { refuseRenamedField } from './refuse-renamed-field.ts';
import { refuseUnknownField } from './refuse-unknown-field.ts';

export interface EraseOptions {
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  /** The field may be one that no definition knows: records carry it all the same. */
  readonly undeclared?: boolean;
  /** Where the definitions are written: for who is refused because one holds the id. */
  readonly written?: Pick<LoadedConfig, 'files' | 'sources'>;
}

export interface Erased {
  readonly certificate: Certificate;
  readonly text: string;
  /** Key of the certificate in the lake, as JSON; the text stands beside it. */
  readonly key: string;
  /** Jobs that could not yet make anew what they had made of the person's records, and why. */
  readonly behind: readonly { readonly address: string; readonly error: string }[];
}

/** A lease of an erasure that lives is nobody's to take, however long it works; one whose process died is free at once. */
const leaseTtlMs = 86_400_000;

/**
 * Erases a person from everything that the engine's home keeps, while no delivery, job or lifecycle of its pipelines works, and
 * leaves a certificate in the lake. Throws, before anything is changed, PH_PERSON_UNKNOWN, PH_USAGE for a field that no
 * definition knows or that a job gave another name, and PH_PERSON_DEFINED where a definition holds the id.
 */
export async function eraseFrom(engine: Engine, person: Person, options: EraseOptions): Promise<Erased> {
  const { effects, home } = engine;
  if (effects.fs.lstatSync(home.root, { throwIfNoEntry: false }) === undefined)
    throw unknownPerson(personFinder(person));
  const hash = keyedHash(await homeSecret(home.root, effects), `${person.field}=${person.value}`);
  const id = hash.replace('hmac:', '');
  const finder = personFinder(person, `erased-${id.slice(0, 8)}`);
  if (options.undeclared !== true)
    await refuseUnknownField(await everyPipeline(engine), await engine.catalog(), person.field);
  await refuseRenamedField(engine.pipelines, person, (other) => isErased(home.root, other, effects));
  refuseDefinedPerson(engine.pipelines, finder, options.written ?? { files: new Map(), sources: new Map() });
  const [store, duck] = [await engine.lake(), await engine.duck()];
  await using session = await duck.connect();
  const scratch = duck.temporaryDirectory;
  const erasing: Erasing = {
    finder,
    id,
    onProgress: options.onProgress,
    ports: { ...(await boundPorts(engine)), store, session, scratch },
  };
  if (!(await isKnown(erasing, effects))) throw unknownPerson(finder);
  // A home that only took records has no tables yet, and a delivery is fenced by what its table has taken in.
  if (effects.fs.lstatSync(home.appliedFile, { throwIfNoEntry: false }) === undefined) await applyDefinitions(engine);
  const now = (): string => new Date(effects.clock.now()).toISOString();
  const begun = begunKey(erasing.id);
  const { value, adopted } = await createOrAdopt(store, begun, { startedAt: now() });
  const { behind, ...done } = await alone(engine, options, () => erasePerson(erasing, effects));
  const certificate: Certificate = {
    format: 1,
    field: person.field,
    person: hash,
    startedAt: value.startedAt,
    endedAt: now(),
    by: { user: userInfo().username, host: hostname(), pid: process.pid, version: options.version },
    ...done,
    rewritten: done.rewritten.map((object) => ({ ...object, key: finder.renamed(object.key) })),
  };
  const name = certificate.endedAt.replaceAll(/[-:.]/g, '');
  const key = join(erasuresFolder, erasing.id, `certificate-${name}.json`);
  const text = certificateText(certificate);
  await store.put(key, encodeJson(certificateJson(certificate)));
  await store.put(key.replace(/json$/, 'txt'), Buffer.from(text));
  await store.delete(begun);
  // One that was cut off may have left jobs behind of which this one knows nothing.
  const jobs = adopted ? erasing.ports.derivedJobs.map(({ job }) => job) : behind;
  return { certificate, text, key, behind: await madeAnew(engine, jobs, options) };
}

/** Runs the jobs that have partitions to make anew. Those that failed: the person is erased all the same. */
async function madeAnew(engine: Engine, jobs: readonly string[], { signal }: EraseOptions): Promise<Erased['behind']> {
  const behind: { address: string; error: string }[] = [];
  const run = await engineRunner(engine);
  const loaded = new Set(addressed(engine.pipelines, 'job').map(({ address }) => address));
  for (const address of jobs.filter((job) => loaded.has(job))) {
    try {
      await run({ address, kind: 'job', trigger: 'command', arguments: {} }, signal);
    } catch (error) {
      if (!isPlayheadError(error)) throw error;
      behind.push({ address, error: error.message });
    }
  }
  return behind;
}

/** Under the leases of everything that writes into the lake; deliveries in an epoch of their own. */
async function alone<T>(engine: Engine, { signal, onProgress }: EraseOptions, work: () => Promise<T>): Promise<T> {
  const store = await engine.lake();
  const onHeld = ({ name, pid }: Holder): void => onProgress(`waiting for ${name} (process ${pid})`);
  const wait = { signal, onHeld };
  let inner = work;
  for (const entry of addressed(engine.pipelines, 'delivery')) {
    const delivery = await deliveryOf(engine, entry);
    const next = inner;
    inner = () => delivery.fenced(next, { signal, onHeld, leaseTtlMs });
  }
  const leased = ['erase', ...leasedNames(engine.pipelines)];
  for (const name of leased.reverse()) {
    const next = inner;
    inner = async () => {
      const settings = { holder: 'an erasure', ttlMs: leaseTtlMs, wait };
      const lease = await acquireLease(store, name, settings, engine.effects);
      try {
        return await next();
      } finally {
        await lease.release();
      }
    };
  }
  return inner();
}

/** Names of the leases of jobs, lifecycles, and sources that write into the lake. */
function leasedNames(pipelines: readonly PipelineDefinition[]): readonly string[] {
  const asking = addressed(pipelines, 'source').filter(({ definition }) => definition.source === 'rest');
  return [...asking, ...addressed(pipelines, 'job', 'lifecycle')].map(({ address }) => address);
}
