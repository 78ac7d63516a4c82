-- An article was published after it was first seen: its date is wrong. A day's grace for zones and wrong clocks.
SELECT article_id, url, published_at, published_origin, first_observed_at
FROM news.articles
WHERE loaded_at >= %(since)s AND published_at > first_observed_at + interval '1 day'
