-- One row for each brand: how well its current reports match.
--
-- brand
-- orders           orders with a report
-- lines            their rows
-- confirmed, upc_match, new_item    rows by status
-- missing_upc, invalid_upc, duplicate_upc    rows with that warning or question
CREATE VIEW match_summary AS
SELECT s.brand,
       s.orders,
       s.lines,
       s.confirmed,
       s.upc_match,
       s.new_item,
       (SELECT count(*) FROM report_warning w WHERE w.brand = s.brand AND w.code = 'missing_upc') AS missing_upc,
       (SELECT count(*) FROM report_warning w WHERE w.brand = s.brand AND w.code = 'invalid_upc') AS invalid_upc,
       (SELECT count(*) FROM report_warning w WHERE w.brand = s.brand AND w.code = 'duplicate_upc') AS duplicate_upc
FROM (SELECT o.brand,
             count(*) AS orders,
             sum(r.lines) AS lines,
             sum(r.confirmed) AS confirmed,
             sum(r.upc_match) AS upc_match,
             sum(r.new_item) AS new_item
      FROM nuorder_order o
      JOIN match_report r ON r.report_hash = o.report_hash
      GROUP BY o.brand) s
