import type { PrometheusEndpoint } from '../observe/prometheus.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import type { Invocation } from './invocation.ts';

/** Prometheus's endpoint, where `--metrics-port` asks for it; the SDK behind it is loaded for it alone. */
export async function metricsEndpoint(invocation: Invocation, engine: Engine): Promise<PrometheusEndpoint | undefined> {
  const port = invocation.port('metrics-port');
  if (port === undefined) return undefined;
  return (await import('../observe/prometheus.ts')).servePrometheus(engine.recorder, port);
}
