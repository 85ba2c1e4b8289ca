-- Airing today
-- What was on the air on the latest day.
-- database: tally_dev
-- workgroup: tally-dev
SELECT show_id, title, first_air_date, popularity
FROM tally_dev.silver_shows
WHERE data_type = 'airing_today'
  AND dt = (SELECT MAX(dt) FROM tally_dev.silver_shows WHERE data_type = 'airing_today')
ORDER BY popularity DESC, show_id
