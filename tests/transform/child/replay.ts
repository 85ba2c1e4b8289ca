/** A process that replays what the job of the tests has in quarantine, and kills itself the n-th time that it reaches a step. */
import { systemEffects } from '../../../src/base/effects.ts';
import { mendBySql } from '../../../src/transform/mend-by-sql.ts';
import { replayJob } from '../../../src/transform/run-job.ts';
import { curateJob, openBench, setSeconds } from '../job-bench.ts';

const [folder = '', step = '', nth = '1'] = process.argv.slice(2);
let reached = 0;
const effects = systemEffects({
  reached: (name) => {
    if (name !== step) return;
    reached += 1;
    if (reached === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
});
const bench = await openBench(effects, folder);
const job = curateJob();
await replayJob(job, await mendBySql(job.input.table.record, setSeconds, undefined), bench, effects);
await bench.close();
