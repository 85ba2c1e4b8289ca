import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutSecrets } from '../../../src/base/secret.ts';
import { attemptText } from '../../../src/source/rest/refusal.ts';

const answer = (status: number, body: object) =>
  ({ kind: 'answer', status, statusText: '', body: Buffer.from(JSON.stringify(body)) }) as const;

describe('what an API says of a refusal', () => {
  it('is shown in part, and no part of the key with it', () => {
    const key = 'made/up-key';
    const hide = (text: string): string => withoutSecrets(text, [key]);
    const said = attemptText(answer(500, { why: `${'x'.repeat(190)} ${encodeURIComponent(key)}` }), ['why'], hide);
    assert.match(said, /^answered 500 \(why x{190} \*\*\*\)$/);
  });
});
