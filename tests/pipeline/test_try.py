from support.orders import *
from support.retail import Retail
import time
def test_a(retail: Retail) -> None:
    t=time.time()
    raw = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
    retail.given(raw, shop_floor=pos([item(5, upc(1))]))
    print("given", time.time()-t); t=time.time()
    retail.approved("1001")
    print("approved", time.time()-t); t=time.time()
    retail.export("1001")
    print("export", time.time()-t); t=time.time()
    print(retail.row("1001")); po=retail.the_purchase_order("1001"); print(po)
    print(time.time()-t); t=time.time()
    for q in retail.sandbox.ledger("pos"): print(q["method"], q["path"], q["body"], q["status"])
