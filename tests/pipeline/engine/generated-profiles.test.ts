import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { generatedProfiles } from '../../../src/pipeline/engine/generated-profiles.ts';
import { homeAt } from '../../../src/pipeline/engine/home.ts';
import { resolveProfile } from '../../../src/pipeline/engine/profile.ts';

describe('profiles that were written into the home', () => {
  const small = { engine: { backend: 'duckdb', threads: 1 } };
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'playhead-profiles-'));
  });
  after(() => rmSync(root, { recursive: true }));

  it('are none where nobody wrote any', async () => {
    assert.deepEqual(await generatedProfiles(homeAt(root), testEffects()), {});
  });

  it('are known by the names of their files', async () => {
    mkdirSync(join(root, 'profiles'));
    writeFileSync(join(root, 'profiles', 'servers.json'), JSON.stringify(small));
    writeFileSync(join(root, 'profiles', 'servers.json.part'), '{');
    assert.deepEqual(await generatedProfiles(homeAt(root), testEffects()), { servers: small });
  });

  it('name the file that is no JSON', async () => {
    const file = join(root, 'profiles', 'cut.json');
    writeFileSync(file, '{"engine":');
    await assert.rejects(generatedProfiles(homeAt(root), testEffects()), (error) => {
      assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
      assert.ok(error.message.startsWith(`${file} is no JSON: `));
      return true;
    });
    rmSync(file);
  });

  it('say how the one of the development servers comes to be', () => {
    assert.throws(
      () => resolveProfile('services', {}),
      (error) => isPlayheadError(error, 'PH_USAGE') && /npm run services -- up kafka s3/.test(error.hint ?? ''),
    );
  });
});
