-- One row for each warning and question of the current match reports.
--
-- brand, order_number, order_id, report_hash
-- line       empty where it concerns the whole order
-- code       as in the data dictionary; question: it blocks approval until answered
-- text       in a buyer's words
CREATE VIEW report_warning AS
SELECT o.brand,
       o.order_number,
       o.order_id,
       w.report_hash,
       w.line,
       w.code,
       w.question,
       w.text
FROM nuorder_order o
JOIN match_report_warning w ON w.report_hash = o.report_hash
