import { systemEffects } from '../base/effects.ts';
import { struckEffects } from '../check/chaos/struck-process.ts';
import { runProcess } from './process.ts';

/** The command line as `playhead chaos` starts it: the same, but for what its effects meet. Nothing else calls it. */
await runProcess((log) => struckEffects(systemEffects({ log })));
