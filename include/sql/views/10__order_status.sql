-- One row for each known order, with the three words that a merchant knows.
--
-- account, brand, order_number, order_id   who ordered what; order_id is NuORDER's _id
-- export_status    not_exported, in_progress or exported
-- state, reason    what is behind it, and why it waits or failed
-- listed_only      older than the brand's `since`: counted, not exported unless named
-- nuorder_status   its status in NuORDER when it was last matched
-- created_on       when the order was created in NuORDER (UTC)
-- first_seen_at    when this installation first saw it (UTC)
-- ship_start, ship_end, customer_po, currency, total, units
-- report_hash      the current match report
-- approved_at, approved_by   of the newest decision that counts and approves
-- started_at, finished_at    of the export (UTC)
-- po_id, po_url    the purchase order in the POS
-- drips, minimum_drips       API cost of the order with all reads, and what its writes alone cost
CREATE VIEW order_status AS
SELECT o.account,
       o.brand,
       o.order_number,
       o.order_id,
       CASE WHEN o.state IN ('exporting', 'held') THEN 'in_progress'
            WHEN o.state IN ('exported', 'exported_elsewhere') THEN 'exported'
            ELSE 'not_exported' END AS export_status,
       o.state,
       o.reason,
       o.listed_only,
       o.nuorder_status,
       o.created_on,
       o.first_seen_at,
       o.ship_start,
       o.ship_end,
       o.customer_po,
       o.currency,
       o.total,
       o.units,
       o.report_hash,
       e.approved_at,
       a.decided_by AS approved_by,
       e.started_at,
       e.finished_at,
       o.po_id,
       o.po_url,
       o.drips,
       e.minimum_drips
FROM nuorder_order o
LEFT JOIN export e ON e.order_id = o.order_id
LEFT JOIN approval a ON a.approval_id = e.approval_id
