-- Data Quality - Null Checks
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  data_type,
  dt,
  COUNT(*) AS total,
  COUNT_IF(show_id IS NULL) AS null_show_ids,
  COUNT_IF(title IS NULL OR title = '') AS null_titles,
  COUNT_IF(popularity IS NULL) AS null_popularity,
  COUNT_IF(vote_average IS NULL) AS null_ratings
FROM tally_dev.silver_shows
GROUP BY data_type, dt
ORDER BY dt DESC, data_type
