-- Quality and buffering
-- Bandwidth, buffering and errors by picture quality and kind of device.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  quality,
  device_type,
  COUNT(*) AS events,
  ROUND(AVG(bandwidth_mbps), 2) AS avg_bandwidth_mbps,
  ROUND(AVG(buffering_events), 3) AS avg_buffering_events,
  ROUND(AVG(buffering_duration_seconds), 2) AS avg_buffering_seconds,
  ROUND(SUM(CASE WHEN buffering_events > 0 THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) AS buffered_percentage,
  SUM(error_count) AS errors
FROM acme_telemetry.video_telemetry_json
WHERE year = 2025 AND month = 8 AND day = 11
GROUP BY quality, device_type
ORDER BY quality, device_type
