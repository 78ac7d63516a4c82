-- Why: a changed profile moves only the articles of which it says something else, and says how an ambiguous place is told.
-- Cost on a live table: the new constraint reads news.articles once, some seconds a million rows. The first pass with
-- this version judges every article again: the tagger has changed.

ALTER TABLE news.articles DROP CONSTRAINT step_is_known;
ALTER TABLE news.articles ADD CONSTRAINT step_is_known CHECK (next_step IN ('decide', 'judge', 'load'));
COMMENT ON COLUMN news.articles.next_step IS 'decide: what it depends on has changed; judge: a profile has changed; load: its story and the reports have yet to follow; NULL: settled.';

ALTER TABLE news.places ADD COLUMN note text;
COMMENT ON COLUMN news.places.note IS 'How its name is told from other things of that name; NULL: nothing else is called so.';

CREATE INDEX judged_lately ON news.assessments (assessed_at);
