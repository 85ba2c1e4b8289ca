-- ISP performance, approximate median
-- Bandwidth (mean and median), buffering, errors and shares of picture quality of each provider with more than fifty events.
-- As Athena itself takes it: approx_percentile in place of PERCENTILE_CONT.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  isp,
  country,
  COUNT(*) AS events,
  COUNT(DISTINCT customer_id) AS unique_viewers,
  ROUND(AVG(bandwidth_mbps), 2) AS avg_bandwidth_mbps,
  ROUND(approx_percentile(bandwidth_mbps, 0.5), 2) AS median_bandwidth_mbps,
  ROUND(AVG(buffering_events), 3) AS avg_buffering_events,
  ROUND(AVG(error_count), 4) AS avg_errors,
  ROUND(SUM(CASE WHEN quality = '4K' THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) AS uhd_percentage,
  ROUND(SUM(CASE WHEN quality = 'HD' THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) AS hd_percentage,
  ROUND(SUM(CASE WHEN quality = 'SD' THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) AS sd_percentage
FROM acme_telemetry.video_telemetry_json
WHERE year = 2025 AND month = 8 AND day = 11
GROUP BY isp, country
HAVING COUNT(*) > 50
ORDER BY avg_bandwidth_mbps DESC, isp, country
