import type { RecordType } from '../record/type.ts';
import type { DeliveryFormat } from './definition.ts';
import { type Encoder, jsonEncoder } from './encode.ts';
import type { ParquetKernel } from './parquet-kernel.ts';
import { compilePartitionKeys } from './partition-keys.ts';
import type { DeliveryPlan } from './plan.ts';
import { compileErrorPrefix, compilePrefix, type PrefixRenderer } from './prefix-renderer.ts';
import { recordFaults } from './record-fault.ts';
import type { SplitSettings } from './split.ts';

/** A plan's settings, made ready to work: from the plan itself, so that it can be redone whatever the definition says now. */
export interface PlanTools {
  readonly split: SplitSettings;
  readonly encoder: Encoder;
  readonly errorPrefix: PrefixRenderer;
  readonly backupPrefix: PrefixRenderer | undefined;
}

const newEncoder: {
  readonly [F in DeliveryFormat['format']]: (output: OutputOf<F>, settings: EncoderSettings) => Encoder;
} = {
  json: (output, { newline }) => jsonEncoder(output, newline),
  parquet: ({ compression }, { record, kernel }) => ({
    extension: '.parquet',
    encode: async (slices) => {
      const { encodeParquet } = await import('./parquet-encoder.ts');
      return encodeParquet(slices, record, compression, kernel);
    },
  }),
};

type OutputOf<F extends DeliveryFormat['format']> = Extract<DeliveryFormat, { format: F }>;

interface EncoderSettings {
  readonly newline: boolean;
  readonly record: RecordType;
  readonly kernel: ParquetKernel;
}

/** Throws PH_PATTERN_INVALID for a prefix or query that the definition's validation would have refused. */
export function planTools(
  { definition, record }: Pick<DeliveryPlan, 'definition' | 'record'>,
  kernel: ParquetKernel,
): PlanTools {
  const { output, partitionKeys, backupPrefix, timezone, extension } = definition;
  const settings = { newline: definition.newline, record, kernel };
  const encoder = output.format === 'json' ? newEncoder.json(output, settings) : newEncoder.parquet(output, settings);
  return {
    split: {
      prefix: compilePrefix(definition.prefix, timezone),
      faultOf: recordFaults(output.format),
      ...(partitionKeys === undefined ? {} : { partitionKeys: compilePartitionKeys(partitionKeys) }),
    },
    // Firehose's FileExtension stands in place of the format's own.
    encoder: extension === undefined ? encoder : { ...encoder, extension },
    errorPrefix: compileErrorPrefix(definition.errorPrefix, timezone),
    backupPrefix: backupPrefix === undefined ? undefined : compilePrefix(backupPrefix, timezone),
  };
}
