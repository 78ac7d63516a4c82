-- What an archive knew of an outlet's day does not add up to where it ended: something was lost.
SELECT complete.*
FROM report.completeness AS complete
WHERE complete.known <> complete.loaded + complete.rejected + complete.missing + complete.out_of_scope
  AND EXISTS (SELECT FROM ops.windows AS asked WHERE asked.asked_at >= %(since)s)
