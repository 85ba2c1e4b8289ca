#!/usr/bin/env node
import { systemEffects } from '../base/effects.ts';
import { runProcess } from './process.ts';

await runProcess((log) => systemEffects({ log }));
