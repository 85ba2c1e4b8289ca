import { dirname } from 'node:path';
import { java } from '../../services/kafka/java.ts';
import { runProgram } from '../../services/run-program.ts';

/** Runs one of Kafka's own programs to its end: a main class out of the broker's jars. Its output. */
export function kafkaTool(jars: string, folder: string, main: string, args: readonly string[]): Promise<string> {
  return runProgram(java(dirname(jars), folder, main, ...args));
}

export const tools = {
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  topics: 'org.apache.kafka.tools.TopicCommand',
} as const;
