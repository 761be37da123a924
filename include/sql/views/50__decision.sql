-- One row for each recorded decision with what became of it.
--
-- approval_id, order_id, brand, order_number   (empty where no report has the hash)
-- report_hash, decision, shop, decided_by, decided_at (UTC), lines, answers, comment   as recorded
-- current    whether it was taken on the order's present report
-- counts     empty until it was judged; reason: why it does not count
CREATE VIEW decision AS
SELECT a.approval_id,
       r.order_id,
       o.brand,
       o.order_number,
       a.report_hash,
       a.decision,
       a.shop,
       a.decided_by,
       a.decided_at,
       a.lines,
       a.answers,
       a.comment,
       (o.report_hash = a.report_hash) AS current,
       v.counts,
       v.reason
FROM approval a
LEFT JOIN match_report r ON r.report_hash = a.report_hash
LEFT JOIN nuorder_order o ON o.order_id = r.order_id
LEFT JOIN approval_verdict v ON v.approval_id = a.approval_id
