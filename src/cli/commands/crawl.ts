import type { CrawlReport } from '../../catalog/crawler/report.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { engineRunner } from '../../pipeline/run/handlers.ts';
import type { Command } from '../command.ts';
import { crawlText } from '../crawl-text.ts';
import { targets } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const entries = targets(engine.pipelines, ['crawler'], invocation.argument(0));
  await applyDefinitions(engine);
  const run = await engineRunner(engine);
  const crawled: { readonly address: string; readonly output: CrawlReport }[] = [];
  const progress = context.progress();
  try {
    for (const { address, kind } of entries) {
      progress.update(`crawling ${address}`);
      const output = await run({ address, kind, trigger: 'command', arguments: {} }, context.signal);
      crawled.push({ address, output });
    }
  } finally {
    progress.end();
  }
  return {
    data: { crawlers: crawled.map(({ address, output }) => ({ address, ...output })) },
    text: crawled.map(({ address, output }) => crawlText(address, output, context.output.style)).join('\n'),
  };
};
