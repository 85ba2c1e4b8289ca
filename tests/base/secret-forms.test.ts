import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutSecrets } from '../../src/base/secret.ts';
import { secretCutter } from '../../src/base/secret-forms.ts';

const secret = 'abcd/efgh+12=&"é\\ ok';
const escaped = JSON.stringify(secret).slice(1, -1);
const forms: Readonly<Record<string, string>> = {
  'as it is': secret,
  'as JSON': escaped,
  'as JSON, with slashes escaped': escaped.replaceAll('/', '\\/'),
  'as JSON in JSON': JSON.stringify(JSON.stringify(secret)),
  'as JSON in ASCII': [...secret].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'in a URL': encodeURIComponent(secret),
  'in a URL in a URL': encodeURIComponent(encodeURIComponent(secret)),
  'in a URL, every byte': Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  'in a form': new URLSearchParams({ key: secret }).toString(),
  'in a form that was read': secret.replaceAll('+', ' '),
  'in HTML': secret
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('/', '&#x2F;')
    .replaceAll('é', '&#233;'),
  'in base64': Buffer.from(`user:${secret}`).toString('base64'),
  'in base64 for URLs': Buffer.from(`u:${secret}?`).toString('base64url'),
  'in base64 of a URL': Buffer.from(`https://x?a=${encodeURIComponent(secret)}&b`).toString('base64'),
  'in hexadecimal digits': Buffer.from(secret).toString('hex').toUpperCase(),
};

describe('a secret', () => {
  it('is found, and taken out, in every form in which others repeat it', () => {
    for (const [name, form] of Object.entries(forms)) {
      const left = withoutSecrets(`before ${form} after`, [secret]);
      assert.match(left, /^before .*\*\*\*.* after$/, name);
      assert.ok(!left.includes(form), name);
    }
    for (const text of ['', secret.slice(1), 'abcd/efgh', Buffer.from(secret.slice(8)).toString('base64')])
      assert.equal(secretCutter(secret)(Buffer.from(text)), undefined, text);
  });

  it('is found however short it is, and each time that it stands there', () => {
    assert.equal(withoutSecrets('key=k-7&page=1&key=k%2D7 é', ['k-7']), 'key=***&page=1&key=*** é');
    assert.equal(withoutSecrets('100% \\u00e9', ['k-7', '']), '100% \\u00e9');
  });
});
