-- Data quality by day
-- How many rows lack an id or a title, or have numbers that cannot be.
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  dt,
  COUNT(*) AS rows_read,
  COUNT_IF(show_id IS NULL) AS without_id,
  COUNT_IF(title IS NULL OR title = '') AS without_title,
  COUNT_IF(popularity < 0) AS negative_popularity,
  COUNT_IF(vote_average < 0 OR vote_average > 10) AS rating_out_of_range
FROM tally_dev.silver_shows
GROUP BY dt
ORDER BY dt DESC
