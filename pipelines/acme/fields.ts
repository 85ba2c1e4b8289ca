import type { FieldMapping } from '../../src/index.ts';

/** ACME's 24 fields, each from the fact of the session that it tells. */
export const acmeFields: FieldMapping = {
  event_id: { fact: 'event.id', prefix: 'EVENT_' },
  customer_id: 'viewer.id',
  title_id: 'title.id',
  session_id: { fact: 'session.id', prefix: 'SESSION_' },
  device_id: { fact: 'device.id', prefix: 'DEVICE_' },
  event_type: 'event.kind',
  event_timestamp: 'event.time',
  watch_duration_seconds: 'watch.seconds',
  position_seconds: 'playhead.seconds',
  completion_percentage: 'completion.percent',
  device_type: 'device.type',
  device_os: 'device.os',
  app_version: 'app.version',
  quality: 'quality',
  bandwidth_mbps: 'bandwidth.mbps',
  buffering_events: 'stalls.count',
  buffering_duration_seconds: 'stalls.seconds',
  error_count: 'errors.count',
  ip_address: 'network.address',
  country: 'viewer.country',
  state: 'viewer.columns.state',
  city: 'viewer.columns.city',
  isp: 'network.isp',
  connection_type: 'network.connection',
};
