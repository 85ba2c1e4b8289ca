import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { loadConfig } from '../../../src/pipeline/config/config.ts';

const pipelineText = (topic: string): string => `
  import { defineRecord, definePipeline, field, stream } from 'playhead';
  const click: ReturnType<typeof defineRecord> = defineRecord('click', { fields: { id: field.string() } });
  export const clicks = definePipeline('clicks', { streams: { hits: stream({ ${topic}, record: click }) } });
`;
const configText = `
  import { defineConfig } from 'playhead';
  import { clicks } from './pipelines/clicks/index.ts';
  export const config = defineConfig({ pipelines: [clicks], profiles: { small: { engine: { backend: 'duckdb', threads: 1 } } } });
`;

describe('config', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-config-'));
    mkdirSync(join(folder, 'pipelines/clicks'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(config: string, pipeline = pipelineText(`topic: 'hits'`)): void {
    writeFileSync(join(folder, 'playhead.config.ts'), config);
    writeFileSync(join(folder, 'pipelines/clicks/index.ts'), pipeline);
  }

  it('is found upwards, in TypeScript, with playhead standing for the running installation', async () => {
    write(configText);
    const { pipelines, profiles, file } = await loadConfig(join(folder, 'pipelines/clicks'));
    assert.deepEqual(
      pipelines.map(({ name }) => name),
      ['clicks'],
    );
    assert.deepEqual(Object.keys(profiles), ['small']);
    assert.equal(file, join(folder, 'playhead.config.ts'));
  });

  it('gives way to the shipped pipelines where there is none', async () => {
    const { pipelines, file } = await loadConfig(folder);
    assert.equal(file, undefined);
    assert.ok(Array.isArray(pipelines));
  });

  it('names the file that declares what is wrong', async () => {
    write(configText, pipelineText(`topik: 'hits'`));
    await assert.rejects(
      loadConfig(folder),
      (error) =>
        isPlayheadError(error, 'PH_CONFIG_INVALID') &&
        error.message.includes('pipelines/clicks/index.ts') &&
        /streams\.hits\.topik: unknown setting\. Did you mean "topic"/.test(error.message),
    );
  });

  for (const [what, text, message, hint] of [
    ['a misspelled key', configText.replace('profiles:', 'profile:'), /profile: unknown setting/, /"profiles"/],
    ['no config', 'export const other = 1;', /exports no config/, /defineConfig/],
    ['pipelines that are none', 'export const config = { pipelines: [1] };', /definePipeline/, undefined],
    [
      'a syntax error',
      'export const config = {\n  pipelines: [1 2],\n};',
      /cannot be loaded: playhead\.config\.ts:2:17: /,
      /no enums/,
    ],
    ['a missing module', `import './nowhere.ts';`, /nowhere/, undefined],
  ] as const) {
    it(`with ${what} is refused, naming the file`, async () => {
      write(text);
      await assert.rejects(
        loadConfig(folder),
        (error) =>
          isPlayheadError(error, 'PH_CONFIG_INVALID') &&
          error.message.includes('playhead.config.ts') &&
          message.test(error.message) &&
          (hint === undefined || hint.test(error.hint ?? '')),
      );
    });
  }
});
