-- One row for each order with a match report: how well it matched, what it lacked, what its export made, how long it took.
--
-- account, brand, order_number, order_id
-- built_at         when its current report was built (UTC): the week by which the page "Match quality" counts it
-- variants         rows of the report
-- confirmed, upc_match, new_item    rows by status; the match rate is (confirmed + upc_match) / variants
-- missing_upc, invalid_upc, duplicate_upc, archived_upc    rows with that warning or question
-- items_created    items that its export made in the POS, by the journal
-- first_seen_at    when this installation first saw the order as final (UTC)
-- finished_at      when its export was read back and found right (UTC); empty until then
CREATE VIEW match_quality AS
SELECT o.account,
       o.brand,
       o.order_number,
       o.order_id,
       r.built_at,
       r.lines AS variants,
       r.confirmed,
       r.upc_match,
       r.new_item,
       (SELECT count(DISTINCT w.line) FROM match_report_warning w
         WHERE w.report_hash = r.report_hash AND w.code = 'missing_upc') AS missing_upc,
       (SELECT count(DISTINCT w.line) FROM match_report_warning w
         WHERE w.report_hash = r.report_hash AND w.code = 'invalid_upc') AS invalid_upc,
       (SELECT count(DISTINCT w.line) FROM match_report_warning w
         WHERE w.report_hash = r.report_hash AND w.code = 'duplicate_upc') AS duplicate_upc,
       (SELECT count(DISTINCT w.line) FROM match_report_warning w
         WHERE w.report_hash = r.report_hash AND w.code = 'archived_upc') AS archived_upc,
       (SELECT count(DISTINCT d.result) FROM journal d
         WHERE d.order_id = o.order_id AND d.event = 'done' AND d.kind = 'create_item'
           AND EXISTS (SELECT 1 FROM journal b
                        WHERE b.order_id = d.order_id AND b.step_key = d.step_key AND b.event = 'begun')) AS items_created,
       o.first_seen_at,
       e.finished_at
FROM nuorder_order o
JOIN match_report r ON r.report_hash = o.report_hash
LEFT JOIN export e ON e.order_id = o.order_id
