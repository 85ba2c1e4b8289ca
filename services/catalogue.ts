import { kafka } from './kafka.ts';
import type { Service } from './service.ts';
import { versitygw } from './versitygw.ts';

/** Every server there is, by the name that `npm run services` takes. A server more is a file and a line here. */
export const services = { kafka, s3: versitygw } as const satisfies Readonly<Record<string, Service>>;

export type ServiceName = keyof typeof services;

export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(services, name);
}

// The keys of an object written down above.
export const serviceNames = Object.keys(services) as readonly ServiceName[];
