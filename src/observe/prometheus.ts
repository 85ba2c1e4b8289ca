import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { PlayheadError } from '../base/errors.ts';
import type { Attributes, Meter } from '../base/meter.ts';
import type { InstrumentKind, Measurement, Recorder } from './recorder.ts';

export interface PrometheusEndpoint {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves what is measured from now on to Prometheus, on loopback alone: it is for an agent on this machine, and has no
 * authentication. Port 0 takes a free one. PH_USAGE for a port that is taken.
 */
export async function servePrometheus(recorder: Recorder, port: number): Promise<PrometheusEndpoint> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  recorder.listen(forwarding(provider.getMeter('playhead')));
  // Without `target_info`: its service name would be the path of the program.
  const serializer = new PrometheusSerializer('', false, undefined, true);
  const server = createServer((request, response) => {
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
    };
    const [path] = (request.url ?? '').split('?');
    if (path !== '/metrics' || request.method !== 'GET') return answer(404, 'metrics are at /metrics\n');
    exporter.collect().then(
      ({ resourceMetrics, errors }) =>
        errors.length === 0
          ? answer(200, serializer.serialize(resourceMetrics))
          : answer(500, `${errors.join('\n')}\n`),
      (error: unknown) => answer(500, `${error}\n`),
    );
  });
  await listening(server, port);
  // A server that listens on a port has an address with one.
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${bound}/metrics`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await provider.shutdown();
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new PlayheadError('PH_USAGE', `metrics can't be served on port ${port} of 127.0.0.1: ${cause.message}`, {
          cause,
          hint: 'Another process may be on it. --metrics-port 0 takes a free one.',
        }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** Passes measurements on to instruments of the SDK's meter, made as they are needed. */
function forwarding(meter: Meter): (measurement: Measurement) => void {
  const takes = new Map<string, (value: number, attributes: Attributes) => void>();
  return ({ instrument, kind, unit, description, value, attributes }) => {
    let take = takes.get(instrument);
    if (take === undefined) {
      const options = {
        ...(unit === undefined ? {} : { unit }),
        ...(description === undefined ? {} : { description }),
      };
      take = makers[kind](meter, instrument, options);
      takes.set(instrument, take);
    }
    take(value, attributes);
  };
}

type Options = { readonly unit?: string; readonly description?: string };

const makers: Readonly<
  Record<InstrumentKind, (meter: Meter, name: string, options: Options) => (value: number, of: Attributes) => void>
> = {
  counter: (meter, name, options) => {
    const made = meter.createCounter(name, options);
    return (value, of) => made.add(value, of);
  },
  histogram: (meter, name, options) => {
    const made = meter.createHistogram(name, options);
    return (value, of) => made.record(value, of);
  },
  gauge: (meter, name, options) => {
    const made = meter.createGauge(name, options);
    return (value, of) => made.record(value, of);
  },
};
