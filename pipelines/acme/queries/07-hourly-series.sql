-- Hourly series
-- The day hour by hour (UTC): events, viewers, sessions begun, and how they fared.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  hour,
  COUNT(*) AS events,
  COUNT(DISTINCT customer_id) AS unique_viewers,
  SUM(CASE WHEN event_type = 'start' THEN 1 ELSE 0 END) AS sessions_started,
  ROUND(AVG(bandwidth_mbps), 2) AS avg_bandwidth_mbps,
  ROUND(AVG(buffering_events), 3) AS avg_buffering_events
FROM acme_telemetry.video_telemetry_json
WHERE year = 2025 AND month = 8 AND day = 11
GROUP BY hour
ORDER BY hour
