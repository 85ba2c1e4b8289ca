-- Popular Shows - Latest Partition
-- database: tally_dev
-- workgroup: tally-dev
SELECT show_id, title, popularity, vote_average, vote_count, first_air_date
FROM tally_dev.silver_shows
WHERE data_type = 'popular_shows'
  AND dt = (SELECT MAX(dt) FROM tally_dev.silver_shows WHERE data_type = 'popular_shows')
ORDER BY popularity DESC, show_id
