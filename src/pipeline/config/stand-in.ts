import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { shippedFolder } from './shipped.ts';

/** A server that answers in the place of one outside, so that a pipeline can be shown without it. */
export interface StandIn {
  /** What the environment has to say for the pipeline to ask it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts it on a free port of this machine. `now`: the simulated time, ms since 1970 UTC. */
export type StartStandIn = (now: () => number) => Promise<StandIn>;

/** What `stand-in.ts` of the shipped pipeline of that name exports as `standIn`; undefined where there is none. */
export async function standInOf(pipeline: string): Promise<StartStandIn | undefined> {
  const file = join(shippedFolder, pipeline, `stand-in${extname(import.meta.filename)}`);
  if (!existsSync(file)) return undefined;
  // A dynamic import has no type; a file of this name in that place is there for this alone.
  const module = (await import(pathToFileURL(file).href)) as { readonly standIn?: StartStandIn };
  return module.standIn;
}
