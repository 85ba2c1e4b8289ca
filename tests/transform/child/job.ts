/** A process that runs the jobs of the tests and kills itself the n-th time that it reaches a step. */
import { systemEffects } from '../../../src/base/effects.ts';
import { runJob } from '../../../src/transform/run-job.ts';
import { curateJob, downstreamJobs, openBench } from '../job-bench.ts';

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
for (const job of [curateJob(), ...downstreamJobs()]) await runJob(job, bench, effects);
await bench.close();
