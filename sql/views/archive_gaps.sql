CREATE VIEW report.archive_gaps AS
SELECT
    scan.source,
    scan.kind,
    scan.part,
    scan.covers_from,
    scan.covers_until,
    scan.state,
    scan.reason,
    scan.detail,
    outlet.domain AS outlet,
    scan.scanned_at
FROM ops.scans AS scan
LEFT JOIN news.outlets AS outlet USING (outlet_id)
WHERE scan.state <> 'done'
  AND EXISTS (SELECT FROM ops.windows AS asked
              WHERE scan.source = ANY (asked.sources)
                AND scan.covers_from < asked.until + asked.lag AND scan.covers_until > asked.since);

COMMENT ON VIEW report.archive_gaps IS
'One row a part of an archive that some window calls for and that was not read to its end. missing: the archive does not have it (of GDELT most minutes); failed: it could not be had; refused: too much of it is malformed; pending: it is still to be read.';
