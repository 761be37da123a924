-- One row for each variant of the current match report of each order: what an analyst reads.
--
-- brand, order_number, order_id, report_hash, built_at (UTC)
-- line             number of the row in the report
-- style_number, color, size, name, upc      as the brand wrote them; codes are text
-- quantity         as ordered; units: pieces on the purchase order, once packs are read
-- unit_cost        after discounts, in the order's currency
-- status           confirmed, upc_match or new_item
-- item_id          the POS item, where there is one
-- matrix           where a new item goes
-- warnings         number of warnings on the line; questions: number of open questions it had
CREATE VIEW report_line AS
SELECT o.brand,
       o.order_number,
       o.order_id,
       r.report_hash,
       r.built_at,
       l.line,
       l.style_number,
       l.color,
       l.size,
       l.name,
       l.upc,
       l.quantity,
       l.units,
       l.unit_cost,
       l.status,
       l.item_id,
       l.matrix,
       (SELECT count(*) FROM match_report_warning w
         WHERE w.report_hash = l.report_hash AND w.line = l.line AND NOT w.question) AS warnings,
       (SELECT count(*) FROM match_report_warning w
         WHERE w.report_hash = l.report_hash AND w.line = l.line AND w.question) AS questions
FROM nuorder_order o
JOIN match_report r ON r.report_hash = o.report_hash
JOIN match_report_line l ON l.report_hash = r.report_hash
