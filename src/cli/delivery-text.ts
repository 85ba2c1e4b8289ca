import type { DeliveryDefinition } from '../delivery/definition.ts';

/** A delivery as its owner would write it into a pipeline, with units in words. */
export function deliveryText(name: string, definition: DeliveryDefinition): string {
  const { buffer, output, partitionKeys, backupPrefix, extension } = definition;
  const settings: (readonly [string, string])[] = [
    ['from', quoted(definition.from)],
    ...(definition.table === undefined ? [] : [['table', quoted(definition.table)] as const]),
    ['prefix', quoted(definition.prefix)],
    ['errorPrefix', quoted(definition.errorPrefix)],
    ...(definition.timezone === 'UTC' ? [] : [['timezone', quoted(definition.timezone)] as const]),
    ['buffer', `{ size: ${sizeText(buffer.sizeBytes)}, interval: ${durationText(buffer.intervalMs)} }`],
    ['format', `${output.format}({ compression: ${quoted(output.compression)} })`],
    ...(partitionKeys === undefined ? [] : [['partitionKeys', keysText(partitionKeys)] as const]),
    ...(backupPrefix === undefined ? [] : [['backupPrefix', quoted(backupPrefix)] as const]),
    ...(extension === undefined ? [] : [['extension', quoted(extension)] as const]),
    ...(definition.newline ? [] : [['newline', 'false'] as const]),
  ];
  const lines = settings.map(([key, value]) => `  ${key}: ${value},`);
  return [`${name}: delivery({`, ...lines, '}),'].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function sizeText(sizeBytes: number): string {
  return sizeBytes % 1024 ** 2 === 0 ? `mebibytes(${sizeBytes / 1024 ** 2})` : `bytes(${sizeBytes})`;
}

function durationText(ms: number): string {
  return ms % 1000 === 0 ? `seconds(${ms / 1000})` : `milliseconds(${ms})`;
}

function keysText(keys: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(keys)
    .map(([key, path]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : quoted(key)}: ${quoted(path)}`)
    .join(', ')} }`;
}
