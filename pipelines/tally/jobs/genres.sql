-- What each genre is called by now.
SELECT id AS genre_id, name FROM tally_dev.bronze_genres
