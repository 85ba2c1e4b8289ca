import { check, hours, minutes } from '../../src/index.ts';

/**
 * What must hold of ACME's telemetry besides the domains of its fields, which the record type declares. A record that
 * contradicts itself is kept out; what a player may rightly do (a 4K stream that sags) is counted.
 */
export const telemetryChecks = [
  check.row('starts_at_zero', "event_type <> 'start' OR (watch_duration_seconds = 0 AND position_seconds = 0)"),
  check.row('complete_is_near_the_end', "event_type <> 'complete' OR completion_percentage > 90"),
  check.row('no_stall_without_time', 'buffering_events > 0 OR buffering_duration_seconds = 0'),
  check.row('stalls_within_watching', 'buffering_duration_seconds <= watch_duration_seconds'),
  check.row(
    'os_fits_device',
    `CASE device_type
       WHEN 'web' THEN device_os IN ('Windows', 'macOS', 'Linux', 'ChromeOS')
       WHEN 'tv' THEN device_os IN ('Roku OS', 'Fire TV', 'Apple TV', 'Android TV', 'Smart TV OS')
       ELSE device_os IN ('iOS', 'Android') END`,
  ),
  check.row('bandwidth_is_positive', 'bandwidth_mbps > 0'),
  check.row('tv_is_not_mobile', "device_type <> 'tv' OR connection_type <> 'mobile'", { severity: 'warn' }),
  check.row('bandwidth_for_4k', "quality <> '4K' OR bandwidth_mbps >= 15", { severity: 'warn' }),
  check.arrival('event_timestamp', { ahead: minutes(5), behind: hours(24) }),
  check.reference('title_id', { table: 'titles', column: 'title_id' }),
  check.group('one_viewer_a_session', {
    by: ['session_id'],
    orderBy: ['event_timestamp', 'watch_duration_seconds', 'event_type'],
    within: hours(2),
    same: ['customer_id', 'device_id', 'title_id'],
    sequence: {
      field: 'event_type',
      pattern: '^(start )?((pause|resume) )*((stop|complete) )?$',
    },
  }),
  check.freshness('event_time', { warning: minutes(15), delayed: minutes(30) }),
  check.volume({ least: 0.5, most: 2, days: 7 }),
  check.drift('quality', { most: 0.25, days: 7 }),
  check.drift('bandwidth_mbps', { most: 0.25, days: 7 }),
];
