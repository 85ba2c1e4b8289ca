-- Top five titles per tier
-- What each subscription tier watches most; equal counts are told apart by title.
-- database: acme_telemetry
-- workgroup: analysts
WITH views AS (
  SELECT
    c.subscription_tier,
    t.title_id,
    t.title_name,
    t.genre,
    COUNT(*) AS view_count
  FROM acme_telemetry.video_telemetry_json v
  JOIN acme_streaming_data.customers c ON v.customer_id = c.customer_id
  JOIN acme_streaming_data.titles t ON v.title_id = t.title_id
  WHERE v.year = 2025 AND v.month = 8 AND v.day = 11
    AND v.event_type = 'start'
  GROUP BY c.subscription_tier, t.title_id, t.title_name, t.genre
),
ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY subscription_tier ORDER BY view_count DESC, title_id) AS rank_in_tier
  FROM views
)
SELECT subscription_tier, rank_in_tier, title_name, genre, view_count
FROM ranked
WHERE rank_in_tier <= 5
ORDER BY subscription_tier, rank_in_tier
