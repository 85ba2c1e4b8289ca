-- Customer behavior by tier and age
-- How much the households of each subscription tier and age group watch, and how far.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  c.subscription_tier,
  c.age_group,
  COUNT(DISTINCT v.customer_id) AS active_customers,
  COUNT(DISTINCT v.session_id) AS sessions,
  ROUND(AVG(CASE WHEN v.event_type IN ('stop', 'complete') THEN v.watch_duration_seconds END) / 60.0, 1) AS avg_watch_minutes,
  ROUND(AVG(CASE WHEN v.event_type IN ('stop', 'complete') THEN v.completion_percentage END), 2) AS avg_completion,
  ROUND(AVG(v.buffering_events), 3) AS avg_buffering_events
FROM acme_telemetry.video_telemetry_json v
JOIN acme_streaming_data.customers c ON v.customer_id = c.customer_id
WHERE v.year = 2025 AND v.month = 8 AND v.day = 11
GROUP BY c.subscription_tier, c.age_group
ORDER BY c.subscription_tier, c.age_group
