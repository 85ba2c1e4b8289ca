import { after, describe } from 'node:test';
import { appending, topics } from './stream-appends.ts';
import { fetching, waiting } from './stream-reads.ts';
import { resending } from './stream-sequences.ts';
import { type StreamFixture, type Suite, topicNames } from './stream-suite.ts';
import { erasing, trimming } from './stream-trims.ts';

/** Every promise of the `Stream` port, over one backend. */
export function streamConformance(backend: string, fixture: () => Promise<StreamFixture>): void {
  describe(`${backend} as a Stream`, async () => {
    const made = await fixture();
    const log = await made.open();
    after(async () => {
      await log.close();
      await made.remove();
    });
    const suite: Suite = { log, made, topic: topicNames() };
    topics(suite);
    appending(suite);
    resending(suite);
    fetching(suite);
    waiting(suite);
    trimming(suite);
    erasing(suite);
  });
}
