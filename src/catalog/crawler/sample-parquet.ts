import { sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { ObjectInfo } from '../../lake/object-store.ts';
import { hiveTypeOfDuck } from './duck-type.ts';
import type { ObjectSample, SamplePorts } from './object-sample.ts';

/** From the footer: exact, whatever the size. */
export async function sampleParquet(object: ObjectInfo, { lake, session }: SamplePorts): Promise<ObjectSample> {
  const file = await lake.localFile(object.key, object.etag);
  const described = await session.all(`DESCRIBE SELECT * FROM ${parquetRows(file)}`);
  const rows = await session.value(`SELECT num_rows FROM parquet_file_metadata(${sqlString(file)})`);
  return {
    format: 'parquet',
    compression: 'none',
    columns: described.rows.map(([name, type]) => ({ name: String(name), type: hiveTypeOfDuck(String(type)) })),
    rows: Number(rows),
    bytes: object.sizeBytes,
  };
}
