import { join, sql } from '../../sql-text.ts';
import { callMacro, refuse } from '../printing.ts';
import { argsOf, type FunctionPrinter, type Functions, macro, plain } from './function.ts';

const missing: FunctionPrinter = (printing, call) =>
  refuse(printing, `the function ${call.name}()`, call.node, 'md5(…), sha1(…) and sha256(…) are there');

/** Bytes, their texts and hashes, and URLs. */
export const binaryFunctions: Functions = {
  bitwise_left_shift: macro('athena_left_shift', 2),
  bitwise_not: (printing, call) => sql`(~ CAST(${join(argsOf(printing, call, 1))} AS BIGINT))`,
  bitwise_right_shift: macro('athena_right_shift', 2),
  bitwise_right_shift_arithmetic: macro('athena_right_shift_arithmetic', 2),
  from_base64: plain('from_base64', 1),
  from_base64url: (printing, call) => sql`from_base64(translate(${join(argsOf(printing, call, 1))}, '-_', '+/'))`,
  from_hex: plain('unhex', 1),
  md5: macro('athena_md5', 1),
  sha1: macro('athena_sha1', 1),
  sha256: macro('athena_sha256', 1),
  sha512: missing,
  to_base64: plain('to_base64', 1),
  to_base64url: (printing, call) => sql`translate(to_base64(${join(argsOf(printing, call, 1))}), '+/', '-_')`,
  to_hex: (printing, call) => sql`upper(hex(${join(argsOf(printing, call, 1))}))`,
  url_decode: macro('athena_url_decode', 1),
  url_encode: macro('athena_url_encode', 1),
  url_extract_fragment: urlPart(5),
  url_extract_host: macro('athena_url_host', 1),
  url_extract_parameter: macro('athena_url_parameter', 2),
  url_extract_path: urlPart(3),
  url_extract_port: macro('athena_url_port', 1),
  url_extract_protocol: urlPart(1),
  url_extract_query: urlPart(4),
  xxhash64: missing,
};

/** Java gives the parts decoded. */
function urlPart(group: number): FunctionPrinter {
  return (printing, call) =>
    sql`url_decode(${callMacro(printing, 'athena_url_part', ...argsOf(printing, call, 1), String(group))})`;
}
