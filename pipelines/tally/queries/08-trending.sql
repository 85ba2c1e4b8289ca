-- Trending shows
-- The week's trends as of the latest day.
-- database: tally_dev
-- workgroup: tally-dev
SELECT show_id, title, popularity, vote_average
FROM tally_dev.silver_shows
WHERE data_type = 'trending_shows'
  AND dt = (SELECT MAX(dt) FROM tally_dev.silver_shows WHERE data_type = 'trending_shows')
ORDER BY popularity DESC, show_id
