import { counted, formatDuration, minutes } from '../../base/units.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { contributorsOf, writerOf } from '../../pipeline/graph/writers.ts';
import { type Trigger, triggersOf } from '../../pipeline/run/triggers.ts';
import { jobPositions } from '../../transform/account.ts';
import { type Found, faulty, type Link, type Probe, waiting, well } from '../link.ts';
import { tellingRun } from './telling-run.ts';
import { unreadInput } from './unread-input.ts';

/** Whoever looks for what others committed does so every few seconds; what waits for longer, nobody looks at. */
const promptMs = minutes(1);

/** Did triggers fire for all that arrived in their tables? */
export const probeTriggers: Probe = async (engine, pipeline) => {
  const own = new Set(addressed([pipeline], 'trigger').map(({ address }) => address));
  const links: Link[] = [];
  for (const trigger of triggersOf(engine.pipelines).filter(({ address }) => own.has(address)))
    links.push({ kind: 'trigger', address: trigger.address, ...(await look(engine, trigger)) });
  return links;
};

async function look(engine: Engine, { address, table, job }: Trigger): Promise<Found> {
  const lake = await engine.lake();
  const nowMs = engine.effects.clock.now();
  const { run, isAtWork } = await tellingRun(engine, job);
  const writer = writerOf(engine.pipelines, table)?.address;
  const arriving = writer !== undefined && (await tellingRun(engine, writer)).isAtWork;
  const positions = await jobPositions(lake, job, engine.effects);
  const { definition } = resolveAddress(engine.pipelines, table, ['table']);
  const input = await contributorsOf(engine.pipelines, table, definition, lake);
  const { behind, oldestMs, ever } = await unreadInput(engine, input, positions);
  if (!ever) return waiting(`nothing arrived in ${table} yet`);
  if (isAtWork) return well(`${job} is at work`);
  if (behind === 0) return well(firedText((await engine.runs()).recent({ address: job }), address, nowMs));
  const arrived = counted(behind, 'commit');
  const wait = behind === 1 ? 'waits' : 'wait';
  if (arriving) return well(`${arrived} of ${table} ${wait} until ${writer} has ended`);
  // What came of a run since is the job's to say.
  if (nowMs - oldestMs < promptMs || (run !== undefined && run.startedMs >= oldestMs))
    return well(`${arrived} of ${table} for the next run of ${job}`);
  const finding = `did not fire: ${arrived} of ${table} ${wait} for ${formatDuration(nowMs - oldestMs)}`;
  return faulty(finding, `playhead run ${job}`);
}

function firedText(
  runs: readonly { readonly trigger: string; readonly startedMs: number }[],
  trigger: string,
  nowMs: number,
): string {
  const fired = runs.find((run) => run.trigger === trigger);
  return fired === undefined
    ? 'nothing waits; it was run otherwise'
    : `fired ${formatDuration(Math.max(0, nowMs - fired.startedMs))} ago`;
}
