-- name: newest_furniture
-- The newest furniture of every outlet that has any, or of one.
SELECT DISTINCT ON (outlet_id) outlet_id, version, blocks, places, container, pages
FROM news.furniture
WHERE %(outlet_id)s::integer IS NULL OR outlet_id = %(outlet_id)s
ORDER BY outlet_id, version DESC;

-- name: furniture_version
-- One version of an outlet's furniture.
SELECT outlet_id, version, blocks, places, container, pages
FROM news.furniture
WHERE outlet_id = %(outlet_id)s AND version = %(version)s;

-- name: save_sketch
-- What a capture tells of its outlet, and with which version of its furniture it was read.
INSERT INTO ops.sketches (capture_id, outlet_id, rank, observed_at, furniture_version, marks, sketch)
VALUES (%(capture_id)s, %(outlet_id)s, %(rank)s, %(observed_at)s, %(furniture_version)s, %(marks)s, %(sketch)s)
ON CONFLICT (capture_id) DO UPDATE
SET outlet_id = excluded.outlet_id, rank = excluded.rank, furniture_version = excluded.furniture_version,
    marks = excluded.marks, sketch = excluded.sketch;

-- name: keep_sketch
-- A page that gave no sketch this time, because its reading was cut short, was read with that version all the same.
UPDATE ops.sketches SET furniture_version = %(furniture_version)s WHERE capture_id = %(capture_id)s;

-- name: mark_for_learning
-- These outlets have pages that their furniture does not know of yet.
INSERT INTO ops.learning (outlet_id, pending)
SELECT outlet_id, true FROM unnest(%(outlets)s::integer[]) AS outlet_id ORDER BY outlet_id
ON CONFLICT (outlet_id) DO UPDATE SET pending = true;

-- name: next_outlet_to_learn
-- An outlet to learn, for this transaction alone; another process takes another.
UPDATE ops.learning AS learning
SET pending = false
FROM (
    SELECT outlet_id FROM ops.learning WHERE pending ORDER BY outlet_id LIMIT 1 FOR UPDATE SKIP LOCKED
) AS next
WHERE learning.outlet_id = next.outlet_id
RETURNING learning.outlet_id, learning.sample;

-- name: sample_of_outlet
-- The sample that an outlet is learnt from: of the URLs of lowest rank the earliest capture.
SELECT DISTINCT ON (rank) rank, capture_id, observed_at, md5(sketch) AS digest
FROM ops.sketches
WHERE outlet_id = %(outlet_id)s
ORDER BY rank, observed_at, capture_id
LIMIT %(limit)s;

-- name: sketches
-- The sketches of these captures.
SELECT sketch FROM ops.sketches WHERE capture_id = ANY (%(captures)s);

-- name: sample_is_learnt
-- From which captures an outlet's furniture was learnt.
UPDATE ops.learning SET sample = %(sample)s WHERE outlet_id = %(outlet_id)s;

-- name: lock_learning
-- Who adds a version of an outlet's furniture does so alone, and the next settling looks at it.
INSERT INTO ops.learning (outlet_id, pending) VALUES (%(outlet_id)s, true)
ON CONFLICT (outlet_id) DO UPDATE SET pending = true;

-- name: add_furniture
-- The next version of an outlet's furniture.
INSERT INTO news.furniture (outlet_id, version, blocks, places, container, pages, observed_from, observed_until, learnt_at)
SELECT %(outlet_id)s, coalesce(max(version), 0) + 1, %(blocks)s, %(places)s, %(container)s, %(pages)s, %(observed_from)s,
       %(observed_until)s, %(now)s
FROM news.furniture
WHERE outlet_id = %(outlet_id)s
RETURNING version;

-- name: versions_behind
-- The versions that an outlet's pages were read with, other than the newest.
SELECT DISTINCT furniture_version FROM ops.sketches
WHERE outlet_id = %(outlet_id)s AND furniture_version <> %(version)s;

-- name: read_again
-- The pages read with an older version that the newest reads differently wait for extraction; those that another process
-- has in hands are left to the next settling.
UPDATE ops.captures AS capture
SET next_step = 'extract'
FROM (
    SELECT capture_id
    FROM ops.captures
    JOIN ops.sketches AS sketch USING (capture_id)
    WHERE sketch.outlet_id = %(outlet_id)s
      AND sketch.furniture_version = %(behind)s
      AND sketch.marks && %(changes)s
    ORDER BY capture_id
    FOR UPDATE OF captures SKIP LOCKED
) AS differing
WHERE capture.capture_id = differing.capture_id;

-- name: left_in_other_hands
-- Whether pages are still to be read again that do not wait for it.
SELECT EXISTS (
    SELECT
    FROM ops.sketches AS sketch
    JOIN ops.captures AS capture USING (capture_id)
    WHERE sketch.outlet_id = %(outlet_id)s
      AND sketch.furniture_version <> %(version)s
      AND capture.next_step IS DISTINCT FROM 'extract'
);

-- name: keep_as_read
-- The other pages read with that version read the same with the newest.
UPDATE ops.sketches
SET furniture_version = %(version)s
WHERE outlet_id = %(outlet_id)s AND furniture_version = %(behind)s AND NOT marks && %(changes)s;
