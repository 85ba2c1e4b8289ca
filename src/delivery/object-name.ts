import { seededRandom } from '../base/random.ts';

/** What an object's name says: which plan made it, and when its oldest record arrived. */
export interface ObjectNameParts {
  readonly delivery: string;
  readonly epoch: number;
  readonly lane: number;
  readonly plan: number;
  readonly flush: number;
  readonly seed: number;
  readonly oldestMs: number;
  /** `.json.gz`, `.parquet`. */
  readonly extension: string;
}

/**
 * `pipeline-landing-1-2025-08-11-20-00-00-e0l0p00000042f0007-9f31c2aa.json.gz`: Firehose's `<stream>-<version>-<date and
 * time>-<id>`, where the id is the epoch, lane, plan and flush with the plan's seed. A pure function of plan and records, so
 * a restart makes the same name; the seed keeps two histories of one delivery (a lake that outlived its commits) apart.
 */
export function objectName(parts: ObjectNameParts): string {
  const time = new Date(parts.oldestMs).toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const id = `e${parts.epoch}l${parts.lane}p${String(parts.plan).padStart(8, '0')}f${String(parts.flush).padStart(4, '0')}`;
  const seed = (parts.seed >>> 0).toString(16).padStart(8, '0');
  return `${nameStart(parts.delivery)}${time}-${id}-${seed}${parts.extension}`;
}

/** The part of an object's name that says where it comes from; undefined for what is not a delivery's object. */
export function parseObjectName(
  name: string,
  delivery: string,
): { epoch: number; lane: number; plan: number; seed: number } | undefined {
  const start = nameStart(delivery);
  if (!name.startsWith(start)) return undefined;
  const match = /^[\d-]{19}-e(\d+)l(\d+)p(\d+)f\d+-([0-9a-f]{8})\./.exec(name.slice(start.length));
  if (match === null) return undefined;
  return {
    epoch: Number(match[1]),
    lane: Number(match[2]),
    plan: Number(match[3]),
    seed: Number.parseInt(match[4] ?? '', 16),
  };
}

const randomCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Firehose's random string, eleven letters and digits, drawn from the plan's seed for one object of one flush. */
export function randomString(seed: number, flush: number, object: number): string {
  const random = seededRandom(seed, flush * 1024 + object);
  return Array.from({ length: 11 }, () => randomCharacters[random.uint32() % randomCharacters.length]).join('');
}

function nameStart(delivery: string): string {
  return `${delivery.replaceAll('.', '-')}-1-`;
}
