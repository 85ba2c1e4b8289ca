import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { embeddedProfile, resolveProfile } from '../../src/pipeline/profile.ts';

describe('profile', () => {
  it('is embedded unless another is named', () => {
    assert.deepEqual(resolveProfile('embedded', {}), embeddedProfile);
  });

  it('names only the ports that differ', () => {
    const profile = resolveProfile('small', { small: { engine: { backend: 'duckdb', threads: 2 } } });
    assert.deepEqual(profile, { ...embeddedProfile, engine: { backend: 'duckdb', threads: 2 } });
  });

  it('that nobody wrote is refused with the nearest name', () => {
    assert.throws(
      () => resolveProfile('smal', { small: {} }),
      (error) => isPlayheadError(error, 'PH_USAGE') && error.hint === 'Did you mean "small"?',
    );
  });

  it('reports unknown ports, backends and settings all at once', () => {
    const profile = {
      steam: { backend: 'embedded' },
      stream: { backend: 'kafak' },
      catalog: {},
      engine: { backend: 'duckdb', thread: 2, memoryBytes: 1 },
    };
    assert.throws(
      () => resolveProfile('odd', { odd: profile }),
      (error) => {
        assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
        assert.match(error.message, /steam: unknown port\. Did you mean "stream"/);
        assert.match(error.message, /stream\.backend: unknown backend "kafak": expected embedded/);
        assert.match(error.message, /catalog\.backend: missing: expected sqlite/);
        assert.match(error.message, /engine\.thread: unknown setting\. Did you mean "threads"/);
        assert.match(error.message, /engine\.memoryBytes: expected a whole number from 67108864, found 1/);
        return true;
      },
    );
  });
});
