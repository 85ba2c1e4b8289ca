-- Geography and devices
-- Viewers of each country, and the events of each kind of device side by side.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  country,
  COUNT(DISTINCT customer_id) AS unique_viewers,
  COUNT(*) AS events,
  SUM(CASE WHEN device_type = 'mobile' THEN 1 ELSE 0 END) AS mobile_events,
  SUM(CASE WHEN device_type = 'web' THEN 1 ELSE 0 END) AS web_events,
  SUM(CASE WHEN device_type = 'tv' THEN 1 ELSE 0 END) AS tv_events,
  SUM(CASE WHEN device_type = 'tablet' THEN 1 ELSE 0 END) AS tablet_events,
  ROUND(AVG(bandwidth_mbps), 2) AS avg_bandwidth_mbps
FROM acme_telemetry.video_telemetry_json
WHERE year = 2025 AND month = 8 AND day = 11
GROUP BY country
ORDER BY unique_viewers DESC, country
