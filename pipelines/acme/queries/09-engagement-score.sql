-- Engagement score
-- Titles by unique viewers x .3 + average completion x .5 + (100 - average buffering events) x .2, from more than ten events.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  t.title_name,
  t.genre,
  t.title_type,
  COUNT(*) AS events,
  COUNT(DISTINCT v.customer_id) AS unique_viewers,
  ROUND(AVG(v.completion_percentage), 2) AS avg_completion,
  ROUND(AVG(v.buffering_events), 3) AS avg_buffering_events,
  ROUND(
    COUNT(DISTINCT v.customer_id) * 0.3
      + AVG(v.completion_percentage) * 0.5
      + (100 - AVG(v.buffering_events)) * 0.2,
    2
  ) AS engagement_score
FROM acme_telemetry.video_telemetry_json v
JOIN acme_streaming_data.titles t ON v.title_id = t.title_id
WHERE v.year = 2025 AND v.month = 8 AND v.day = 11
GROUP BY t.title_id, t.title_name, t.genre, t.title_type
HAVING COUNT(*) > 10
ORDER BY engagement_score DESC, t.title_id
LIMIT 25
