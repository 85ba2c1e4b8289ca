-- High engagement
-- Shows of the latest day that many rated, and rated well.
-- database: tally_dev
-- workgroup: tally-dev
SELECT show_id, title, vote_average, vote_count, popularity
FROM tally_dev.silver_shows
WHERE vote_count > 100 AND vote_average > 7.5 AND dt = (SELECT MAX(dt) FROM tally_dev.silver_shows)
ORDER BY vote_average DESC, vote_count DESC, show_id, data_type
