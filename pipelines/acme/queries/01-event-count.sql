-- Event count
-- How many events of each kind the day holds, and its share of all.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  event_type,
  COUNT(*) AS event_count,
  COUNT(DISTINCT session_id) AS sessions,
  ROUND(COUNT(*) * 100.0 / SUM(COUNT(*)) OVER (), 2) AS percentage
FROM acme_telemetry.video_telemetry_json
WHERE year = 2025 AND month = 8 AND day = 11
GROUP BY event_type
ORDER BY event_count DESC, event_type
