-- Shows with their genres
-- Each show of the latest day and its genres' numbers, as text.
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  show_id,
  title,
  CAST(genre_ids AS JSON) AS genre_ids,
  ARRAY_JOIN(TRANSFORM(genre_ids, genre -> CAST(genre AS VARCHAR)), ', ') AS genres
FROM tally_dev.silver_shows
WHERE dt = (SELECT MAX(dt) FROM tally_dev.silver_shows)
ORDER BY show_id, data_type
