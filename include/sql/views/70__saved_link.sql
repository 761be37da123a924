-- One row for each saved link of a brand's variant to a POS item, withdrawn links too: who made it, from what, why it ended.
--
-- link_id, account_id (the POS account), brand
-- style, color, size      the variant, without regard to case and to runs of spaces
-- item_id, matrix_id      in the POS; the matrix is empty or 0 for an item outside a matrix
-- upc                     as the order wrote it; gtin: its 14 digits where it was valid and one item's only
-- product_id              the brand's id of style and colour in NuORDER
-- origin                  upc (UPC match), choice (made or confirmed by a person), created (by an export)
-- order_id, order_number  the order that it was saved for; empty for a link that was set by hand
-- made_by, made_at        (UTC)
-- trouble                 archived or gone: the item when it was last seen; else empty
-- checked_at              when `links check` asked the POS last, or the trouble changed (UTC)
-- current                 whether the link counts, that is, was not withdrawn
-- withdrawn_at, withdrawn_by, withdrawn_because    empty for a link that counts
CREATE VIEW saved_link AS
SELECT l.link_id,
       l.account_id,
       l.brand,
       l.style,
       l.color,
       l.size,
       l.item_id,
       l.matrix_id,
       l.upc,
       l.gtin,
       l.product_id,
       l.origin,
       l.order_id,
       o.order_number,
       l.made_by,
       l.made_at,
       l.trouble,
       l.checked_at,
       (l.withdrawn_at IS NULL) AS current,
       l.withdrawn_at,
       l.withdrawn_by,
       l.withdrawn_because
FROM link l
LEFT JOIN nuorder_order o ON o.order_id = l.order_id
