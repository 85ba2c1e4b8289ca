/** A process of the race test: creates keys that the others want too, and appends lines by if-match. */
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { openFileStore } from '../../../src/lake/file.ts';
import { readAll } from '../../../src/lake/object-store.ts';

const [root = '', name = ''] = process.argv.slice(2);
const store = await openFileStore(root, systemEffects());
const created: string[] = [];
for (let i = 0; i < 40; i += 1) {
  try {
    await store.put(`created/${i}`, Buffer.from(name), { ifNoneMatch: '*' });
    created.push(`${i}`);
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_EXISTS')) throw error;
  }
}
let replaced = 0;
while (replaced < 10) {
  const { info, bytes } = await readAll(store, 'replaced');
  try {
    await store.put('replaced', Buffer.concat([bytes, Buffer.from(`\n${name}`)]), { ifMatch: info.etag });
    replaced += 1;
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_CHANGED')) throw error;
  }
}
await store.close();
process.stdout.write(JSON.stringify({ created, replaced }));
