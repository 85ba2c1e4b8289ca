import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Runs one of Kafka's own programs to its end: a main class out of the broker's jars. Its output. */
export async function kafkaTool(jars: string, main: string, args: readonly string[], input = ''): Promise<string> {
  const words = ['-Xmx256m', '-XX:-UsePerfData', '-cp', join(jars, '*'), main, ...args];
  const child = spawn('java', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [output, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${main} ended with ${code}: ${complaint || output}`);
  return output;
}

export const tools = {
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  topics: 'org.apache.kafka.tools.TopicCommand',
} as const;
