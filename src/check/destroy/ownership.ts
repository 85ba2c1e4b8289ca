import { epochRoot } from '../../commit/epoch.ts';
import { leaseRoot } from '../../commit/lease-record.ts';
import { packedRoot } from '../../commit/packed-commits.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { parseObjectName } from '../../delivery/object-name.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { failedRoot } from '../../transform/failed-output.ts';
import { quarantineRoot } from '../../transform/quarantine.ts';
import { replayRoot } from '../../transform/replay.ts';
import { sidecarRoot } from '../../transform/sidecar.ts';

/** Which names in a lake are of these pipelines: others may keep theirs beside them. */
export interface Ownership {
  isSeries(name: string): boolean;
  /** By its key alone. What commits name besides, only they tell. */
  isObject(key: string): boolean;
}

/** Folders whose next segment is the address, or the series, that it is kept for. */
const keptByName = [seriesRoot, packedRoot, epochRoot, leaseRoot, sidecarRoot, quarantineRoot, failedRoot, replayRoot];

export function ownershipOf(pipelines: readonly PipelineDefinition[]): Ownership {
  const entries = addressed(pipelines);
  const addresses = new Set(entries.map(({ address }) => address));
  const deliveries = entries.filter(({ kind }) => kind === 'delivery').map(({ address }) => address);
  /** `acme.firehose.e0.l0` and the lease `acme.firehose.l0` are of `acme.firehose`. */
  const isSeries = (name: string): boolean => addresses.has(name.replace(/(\.e\d+)?\.l\d+$/, ''));
  return {
    isSeries,
    isObject: (key) => {
      const folder = keptByName.find((each) => key.startsWith(each));
      if (folder !== undefined)
        return isSeries(
          key
            .slice(folder.length)
            .split('/')[0]
            ?.replace(/\.json$/, '') ?? '',
        );
      const name = key.slice(key.lastIndexOf('/') + 1);
      return deliveries.some((address) => parseObjectName(name, address) !== undefined);
    },
  };
}
