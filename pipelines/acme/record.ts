import { defineRecord, field } from '../../src/index.ts';

const platforms = {
  mobile: ['iOS', 'Android'],
  web: ['Windows', 'macOS', 'Linux', 'ChromeOS'],
  tv: ['Roku OS', 'Fire TV', 'Apple TV', 'Android TV', 'Smart TV OS'],
} as const;

/** One event of a viewing session, as the players send it. */
export const telemetry = defineRecord('telemetry', {
  fields: {
    event_id: field.string({ pattern: '^EVENT_[0-9a-f]{8}([0-9a-f]{8})?$' }),
    customer_id: field.string({ pattern: '^CUST_[0-9a-f]{8}(_[0-9]{6})?$', description: 'A household' }),
    title_id: field.string({ pattern: '^TITLE_[0-9a-f]{8}(_[0-9]{6})?$' }),
    session_id: field.string({ pattern: '^SESSION_[0-9a-f]{8}$' }),
    device_id: field.string({ pattern: '^DEVICE_[0-9a-f]{8}$' }),
    event_type: field.string({ oneOf: ['start', 'stop', 'complete', 'pause', 'resume'] }),
    event_timestamp: field.string({ format: 'iso-timestamp', description: 'UTC, with Z' }),
    watch_duration_seconds: field.int({ min: 0, max: 86_400, description: 'Played and stalled' }),
    position_seconds: field.int({ min: 0, max: 86_400 }),
    completion_percentage: field.double({ min: 0, max: 100, description: 'position / total x 100' }),
    device_type: field.string({ oneOf: ['mobile', 'web', 'tv', 'tablet'] }),
    device_os: field.string({ oneOf: [...platforms.mobile, ...platforms.web, ...platforms.tv] }),
    app_version: field.string({ pattern: '^[1-5]\\.[0-9]\\.[0-9]{1,2}$' }),
    quality: field.string({ oneOf: ['SD', 'HD', '4K'] }),
    bandwidth_mbps: field.double({ min: 0, max: 1000 }),
    buffering_events: field.int({ min: 0, max: 1000 }),
    buffering_duration_seconds: field.int({ min: 0, max: 3600 }),
    error_count: field.int({ min: 0, max: 100 }),
    ip_address: field.string({ format: 'ipv4' }),
    country: field.string(),
    state: field.string(),
    city: field.string(),
    isp: field.string(),
    connection_type: field.string({ oneOf: ['wifi', 'mobile', 'fiber', 'cable', 'dsl', 'satellite'] }),
  },
});

/** Telemetry as the curated table keeps it: the 24 fields, and the time as a timestamp. */
export const curatedTelemetry = defineRecord('curated_telemetry', {
  fields: { ...telemetry.fields, event_time: field.timestamp({ description: 'event_timestamp as an instant, UTC' }) },
});
