import { defineConfig } from '../../../../src/index.ts';
import { small } from './pipeline.ts';

export const config = defineConfig({ pipelines: [small] });
