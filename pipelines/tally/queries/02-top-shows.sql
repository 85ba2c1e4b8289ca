-- Top shows of the latest day
-- The twenty most popular, with the countries that they are from.
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  title,
  data_type,
  popularity,
  vote_average,
  COALESCE(NULLIF(ARRAY_JOIN(origin_country, ', '), ''), 'Unknown') AS countries
FROM tally_dev.silver_shows
WHERE dt = (SELECT MAX(dt) FROM tally_dev.silver_shows)
ORDER BY popularity DESC, show_id, data_type
LIMIT 20
