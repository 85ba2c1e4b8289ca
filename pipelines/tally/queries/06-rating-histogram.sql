-- Rating histogram
-- Whole ratings of shows that more than fifty people rated.
-- database: tally_dev
-- workgroup: tally-dev
SELECT FLOOR(vote_average) AS rating, COUNT(*) AS shows
FROM tally_dev.silver_shows
WHERE vote_count > 50
GROUP BY FLOOR(vote_average)
ORDER BY rating
