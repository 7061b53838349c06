"""Made-up files of marketplaces, advertising and e-mail tools, each with the traps of its layout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from twins import Twin


def table(header: str, rows: Sequence[Sequence[str] | dict[str, str]], delimiter: str = ",", before: str = "", after: str = "") -> str:
    """A table; a row given as a mapping is blank where it says nothing."""
    names = next(csv.reader([header], delimiter=delimiter))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        if isinstance(row, dict):
            assert set(row) <= set(names), set(row) - set(names)
            writer.writerow([row.get(name, "") for name in names])
        else:
            assert len(row) == len(names), (len(row), len(names), row)
            writer.writerow(row)
    return before + out.getvalue() + after


# ---------------------------------------------------------------- Amazon

ALL_ORDERS = (
    "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\torder-channel\turl\t"
    "ship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\t"
    "gift-wrap-tax\titem-promotion-discount\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids"
)


def _amazon(order: str, **cells: str) -> dict[str, str]:
    base = {"amazon-order-id": order, "purchase-date": "2026-09-03T22:30:00+00:00", "last-updated-date": "2026-09-06T08:00:00+00:00", "order-status": "Shipped"}
    base |= {"fulfillment-channel": "Amazon", "sales-channel": "Amazon.fr", "item-status": "Shipped", "quantity": "1", "currency": "EUR", "ship-country": "FR"}
    return base | {name.replace("_", "-"): value for name, value in cells.items()}


AMAZON_ORDERS = table(
    ALL_ORDERS,
    [
        # the price is of all units of the row, and holds the VAT
        _amazon("405-1", sku="B1", quantity="2", item_price="48.00", item_tax="8.00", item_promotion_discount="3.00", shipping_price="4.99", shipping_tax="0.83"),
        _amazon("405-1", sku="B2", item_price="12.00", item_tax="2.00", ship_promotion_discount="4.99", fulfillment_channel="Amazon"),
        _amazon("405-1", sku="B3", item_status="Cancelled", quantity="0"),
        # pending: no price yet, which is unknown and not zero
        _amazon("405-2", sku="B1", order_status="Pending", item_status="Unshipped", currency=""),
        _amazon("405-3", sku="B1", order_status="Cancelled", item_status="Cancelled", quantity="0", currency=""),
        # sold by the seller's own shop, only sent by Amazon
        _amazon("S01-9", sku="B1", sales_channel="Non-Amazon", item_price="24.00"),
        # in the United States the tax comes on top; sent by the seller
        _amazon("111-4", sku="B2", sales_channel="Amazon.com", fulfillment_channel="Merchant", currency="USD", item_price="20.00", item_tax="1.60", ship_country="US"),
    ],
    "\t",
)
# a German file: cells with a decimal comma, in cp1252
AMAZON_ORDERS_DE = table(
    ALL_ORDERS,
    [
        _amazon("306-1", sku="K1", product_name="Bürste", sales_channel="Amazon.de", item_price="1.024,50", item_tax="163,57", ship_country="DE"),
        _amazon("306-2", sku="K1", product_name="Bürste", sales_channel="Amazon.de", item_price="19,99", ship_country="DE"),
    ],
    "\t",
).encode("cp1252")
FBA_RETURNS = (
    "return-date\torder-id\tsku\tasin\tfnsku\tproduct-name\tquantity\tfulfillment-center-id\tdetailed-disposition\treason\tstatus\tlicense-plate-number\tcustomer-comments\n"
    "2026-09-05T15:31:40+00:00\t405-1\tB1\tX1\tX1\tBougie\t1\tLIL1\tSELLABLE\tUNWANTED_ITEM\tReturned\tLPN1\t\n"
    "2026-09-05T15:31:40+00:00\t405-1\tB1\tX1\tX1\tBougie\t1\tLIL1\tCUSTOMER_DAMAGED\tDEFECTIVE\tReturned\tLPN2\t\"arrivé \"\"cassé\"\"\"\n"
    "2026-09-08T09:00:00+00:00\t405-7\tB2\tX2\tX2\tSavon\t1\tLIL1\tSELLABLE\tNOT_AS_DESCRIBED\tReturned\t\t\n"
    "2026-09-08T09:00:00+00:00\t405-7\tB2\tX2\tX2\tSavon\t1\tLIL1\tSELLABLE\tNOT_AS_DESCRIBED\tReturned\t\t\n"
)
V2 = (
    "settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\t"
    "shipment-id\tmarketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\tposted-date-time\torder-item-code\t"
    "merchant-order-item-id\tmerchant-adjustment-item-id\tsku\tquantity-purchased\tpromotion-id"
)


def _settled(kind: str, order: str, family: str, what: str, amount: str, day: str = "04.09.2026", **cells: str) -> dict[str, str]:
    base = {"settlement-id": "7001", "transaction-type": kind, "order-id": order, "amount-type": family, "amount-description": what, "amount": amount}
    base |= {"marketplace-name": "Amazon.fr", "posted-date": day, "posted-date-time": f"{day} 10:12:13 UTC"}
    return base | {name.replace("_", "-"): value for name, value in cells.items()}


_SUMMARY = {"settlement-id": "7001", "settlement-start-date": "01.09.2026 00:00:00 UTC", "settlement-end-date": "14.09.2026 23:59:59 UTC"}
AMAZON_V2 = table(
    V2,
    [
        # the first row is the bank transfer, no transaction
        _SUMMARY | {"deposit-date": "16.09.2026 23:59:59 UTC", "total-amount": "1.001,40", "currency": "EUR"},
        _settled("Order", "405-1", "ItemPrice", "Principal", "1.200,00", sku="B1", order_item_code="11", quantity_purchased="2"),
        _settled("Order", "405-1", "ItemPrice", "Shipping", "5,00", sku="B1", order_item_code="11"),
        _settled("Order", "405-1", "Promotion", "Principal", "-10,00", sku="B1", order_item_code="11"),
        _settled("Order", "405-1", "ItemFees", "Commission", "-180,00", sku="B1", order_item_code="11"),
        _settled("Order", "405-1", "ItemFees", "FBAPerUnitFulfillmentFee", "-4,60", sku="B1", order_item_code="11"),
        # this refund tells its tax apart: what is left is without VAT
        _settled("Refund", "405-9", "ItemPrice", "Principal", "-20,00", "06.09.2026", sku="B2", adjustment_id="A1", order_item_code="12"),
        _settled("Refund", "405-9", "ItemPrice", "Tax", "-4,00", "06.09.2026", sku="B2", adjustment_id="A1", order_item_code="12"),
        # this one does not: its price holds the VAT, so it is only a claim
        _settled("Refund", "405-8", "ItemPrice", "Principal", "-12,00", "07.09.2026", sku="B3", adjustment_id="A2", order_item_code="13"),
        _settled("Refund", "405-9", "ItemFees", "Commission", "27,00", "06.09.2026", sku="B2", adjustment_id="A1", order_item_code="12"),
        _settled("ServiceFee", "", "Cost of Advertising", "TransactionTotalAmount", "0,00", "08.09.2026") | {"amount": "0,00"},
    ],
    "\t",
)
V1 = (
    "settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\t"
    "shipment-id\tmarketplace-name\tshipment-fee-type\tshipment-fee-amount\torder-fee-type\torder-fee-amount\tfulfillment-id\tposted-date\torder-item-code\t"
    "merchant-order-item-id\tmerchant-adjustment-item-id\tsku\tquantity-purchased\tprice-type\tprice-amount\titem-related-fee-type\titem-related-fee-amount\t"
    "misc-fee-amount\tother-fee-amount\tother-fee-reason-description\tpromotion-id\tpromotion-type\tpromotion-amount\tdirect-payment-type\tdirect-payment-amount\tother-amount"
)


def _wide(kind: str, order: str, day: str, **cells: str) -> dict[str, str]:
    base = {"settlement-id": "6001", "transaction-type": kind, "order-id": order, "marketplace-name": "Amazon.com", "posted-date": f"{day}T01:02:03+00:00"}
    return base | {name.replace("_", "-"): value for name, value in cells.items()}


AMAZON_V1 = table(
    V1,
    [
        {"settlement-id": "6001", "settlement-start-date": "2026-08-01T00:00:00+00:00", "deposit-date": "2026-08-16T00:00:00+00:00", "total-amount": "65.50", "currency": "USD"},
        _wide("Order", "111-1", "2026-08-02", sku="B1", quantity_purchased="1", price_type="Principal", price_amount="100.00"),
        _wide("Order", "111-1", "2026-08-02", sku="B1", price_type="Tax", price_amount="8.00"),
        _wide("Order", "111-1", "2026-08-02", sku="B1", item_related_fee_type="Commission", item_related_fee_amount="-15.00"),
        _wide("Order", "111-1", "2026-08-02", promotion_type="Shipping", promotion_amount="-2.50"),
        _wide("Refund", "111-0", "2026-08-03", sku="B2", price_type="Principal", price_amount="-20.00"),
        _wide("Storage Fee", "", "2026-08-04", other_amount="-5.00"),
    ],
    "\t",
)
DATE_RANGE = (
    "date/time,settlement id,type,order id,sku,description,quantity,marketplace,account type,fulfillment,order city,order state,order postal,tax collection model,"
    "product sales,product sales tax,shipping credits,shipping credits tax,gift wrap credits,giftwrap credits tax,Regulatory Fee,Tax On Regulatory Fee,"
    "promotional rebates,promotional rebates tax,marketplace withheld tax,selling fees,fba fees,other transaction fees,other,total"
)


def _moved(moment: str, kind: str, order: str, total: str, **cells: str) -> dict[str, str]:
    numbers = dict.fromkeys(DATE_RANGE.split(",")[14:29], "0")
    base = {"date/time": moment, "settlement id": "7001", "type": kind, "order id": order, "marketplace": "amazon.com", "total": total}
    return base | numbers | {name.replace("_", " "): value for name, value in cells.items()}


AMAZON_DATES = table(
    DATE_RANGE,
    [
        _moved("Sep 4, 2026 1:05:07 AM PDT", "Order", "111-1", "1,022.00", product_sales="1,200.00", product_sales_tax="96.00", marketplace_withheld_tax="-96.00", promotional_rebates="-10.00", selling_fees="-178.00", other="10.00") | {"description": "Candle, large"},
        _moved("Sep 4, 2026 11:05:07 PM PDT", "Order", "111-2", "14.00", product_sales="15.00", shipping_credits="4.00", selling_fees="-2.00", fba_fees="-3.00"),
        _moved("Sep 5, 2026 3:00:00 PM PDT", "Refund", "111-0", "-17.00", product_sales="-20.00", selling_fees="3.00"),
        _moved("Sep 6, 2026 3:00:00 AM PDT", "Service Fee", "", "-39.99", other="-39.99") | {"description": "Subscription", "marketplace": ""},
        _moved("Sep 7, 2026 3:00:00 AM PDT", "Transfer", "", "-979.01", other="-979.01") | {"description": "To your account"},
    ],
    before='"Includes Amazon Marketplace, Fulfillment by Amazon (FBA), and Amazon Webstore transactions"\n"All amounts in USD, unless specified"\n"Definitions:"\n"Sales tax collected: Includes sales tax collected from buyers"\n',
)
FRENCH_RANGE = (
    '"date/heure","numéro de versement","type","numéro de la commande","sku","description","quantité","Marketplace","traitement","ville","Région","code postal",'
    '"Modèle de perception des taxes","ventes de produits","Taxes sur la vente des produits","crédits d\'expédition","taxe sur les crédits d’expédition",'
    '"crédits sur l\'emballage cadeau","Taxes sur les crédits cadeaux","Rabais promotionnels","Taxes sur les remises promotionnelles",'
    '"Taxes retenues sur le site de vente","frais de vente","Frais Expédié par Amazon","autres frais de transaction","autre","total"'
)
AMAZON_DATES_FR = (
    '"Comprend les transactions Amazon Marketplace"\n"Tous les montants en EUR, sauf indication contraire"\n'
    + FRENCH_RANGE
    + '\n"1 juil. 2026 08:31:35 UTC","27","Commande","171-1","B1","Bougie","1","amazon.fr","Vendeur","Paris","","75000","","1 006,58","201,32","0","0","0","0","0","0","-201,32","-0,75","0","-0,02","0","1 005,81"'
    + '\n"2 août 2026 09:00:00 UTC","27","Remboursement","171-0","B1","Bougie","1","amazon.fr","Vendeur","Lyon","","69000","","-6,58","-1,32","0","0","0","0","0","0","1,32","0,75","0","0","0","-5,83"\n'
)
BUSINESS = "(Parent) ASIN,(Child) ASIN,Title,SKU,Sessions – Total,Session percentage – Total,Page views – Total,Featured Offer (Buy Box) percentage,Units ordered,Unit session percentage,Ordered product sales,Total order items"
AMAZON_BUSINESS = table(
    BUSINESS,
    [
        ["P1", "C1", "Candle, large", "B1", "12,131", "80.10%", "16,002", "99.00%", "683", "5.63%", "£12,905.25", "640"],
        ["P1", "C2", "Candle, small", "B2", "90", "1.00%", "101", "100.00%", "0", "0.00%", "£0.00", "0"],
    ],
)
AMAZON_DAYS = (
    "Date,Ordered Product Sales,Ordered Product Sales - B2B,Units Ordered,Total Order Items,Average Selling Price,Sessions - Total,Order Item Session Percentage,Average Offer Count\n"
    '9/12/26,"£1,565.26",£0.00,39,38,£40.13,"1,514",2.51%,12\n9/13/26,£0.00,£0.00,0,0,£0.00,90,0.00%,12\n'
)
ADS_PRODUCT = (
    "Budget currency,Date range,Advertiser account ID,Advertiser account name,Campaign ID,Campaign name,Advertised product ID,Advertised product SKU,Impressions,Clicks,CTR,Total cost,Purchases,Sales,ROAS"
)
AMAZON_ADS = table(
    ADS_PRODUCT,
    [
        ["USD", "Jul 06, 2026 - Jul 29, 2026", '="amzn1.ads.1"', "Shop", '="185952517318547"', "Candles, auto", "C1", "B1", "1595", "11", "0.6897%", "7.23", "1", "15.90", "2.19"],
        ["USD", "Jul 06, 2026 - Jul 29, 2026", '="amzn1.ads.1"', "Shop", '="185952517318547"', "Candles, auto", "C2", "B2", "405", "4", "0.9877%", "1,000.77", "0", "0.00", "0"],
        ["USD", "Jul 06, 2026 - Jul 29, 2026", '="amzn1.ads.1"', "Shop", '="185952517318548"', "Soap", "C3", "B3", "0", "0", "", "0.00", "", "", ""],
    ],
)
SPONSORED = (
    "Start Date,End Date,Portfolio name,Currency,Campaign Name,Ad Group Name,Advertised SKU,Advertised ASIN,Impressions,Clicks,Click-Thru Rate (CTR),"
    "Cost Per Click (CPC),Spend,7 Day Total Sales ,Total Advertising Cost of Sales (ACOS) ,7 Day Total Orders (#),7 Day Total Units (#)\n"
    '"Sep 01, 2026","Sep 30, 2026",Not grouped,EUR,Bougies,A,B1,C1,100,4,4.00%,0.50,2.00,24.00,8.3%,1,2\n'
    '"Sep 01, 2026","Sep 30, 2026",Not grouped,EUR,Bougies,B,B2,C2,50,1,2.00%,0.75,0.75,,,0,0\n'
)
FBA_HEALTH = (
    "snapshot-date\tsku\tfnsku\tasin\tproduct-name\tcondition\tavailable\tpending-removal-quantity\tinv-age-0-to-90-days\tcurrency\tunits-shipped-t7\tunits-shipped-t30\t"
    "marketplace\tinbound-quantity\tdays-of-supply\n"
    "2026-09-10\tB1\tX1\tC1\tBougie\tNew\t120\t0\t120\tEUR\t7\t30\tFR\t40\t120\n"
    "2026-09-10\tB2\tX2\tC2\tSavon\tNew\t0\t0\t0\tEUR\t0\t2\tFR\t0\t0\n"
    "2026-09-10\tB1\tX3\tC1\tBougie\tUsed\t3\t0\t3\tEUR\t0\t0\tFR\t0\t\n"
)

# ---------------------------------------------------------------- eBay, Etsy, Mirakl

EBAY = (
    "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Ship To Country,Item Number,Item Title,Custom Label,Quantity,Sold For,Shipping And Handling,"
    "Seller Collected Tax,eBay Collected Tax,Total Price,eBay Collected Tax Included in Total,Payment Method,Sale Date,Paid On Date,Maximum Estimated Delivery Date,"
    "Shipped On Date,Shipping Service,Transaction ID,Click And Collect,eBay Plus"
)


def _ebay(record: str, order: str, **cells: str) -> dict[str, str]:
    base = {"Sales Record Number": record, "Order Number": order, "Buyer Username": "cara_88", "Ship To Country": "United States", "Sale Date": "Jul-21-25", "Paid On Date": "Jul-21-25"}
    return base | {name.replace("_", " "): value for name, value in cells.items()}


EBAY_ORDERS = table(
    EBAY,
    [
        _ebay("101", "12-1", Item_Number="3001", Item_Title="Candle, large", Custom_Label="B1", Quantity="2", Sold_For="$10.00", Shipping_And_Handling="$4.00", Total_Price="$25.92", Shipped_On_Date="Jul-22-25", Maximum_Estimated_Delivery_Date="Jul-28-25")
        | {"eBay Collected Tax": "$1.92", "eBay Collected Tax Included in Total": "Yes"},
        # an order of two items: a row with the totals, then a row for each item
        _ebay("102", "12-2", Quantity="3", Shipping_And_Handling="$5.00", Total_Price="$1,140.00", Click_And_Collect="Yes"),
        _ebay("102", "12-2", Item_Number="3001", Item_Title="Candle, large", Custom_Label="B1", Quantity="1", Sold_For="$15.00"),
        _ebay("102", "12-2", Item_Number="3002", Item_Title="Lamp", Quantity="2", Sold_For="$560.00"),
        _ebay("103", "12-3", Item_Number="3001", Custom_Label="B1", Quantity="1", Sold_For="$15.00", Total_Price="$15.00") | {"Paid On Date": ""},
    ],
    before="\n",
    after="\n83 record(s) downloaded,\nSeller ID: shop_1\n",
)
EBAY_UK = (
    '"Sales record number","Order number","Buyer username","Buyer name","Buyer email","Post to country","Item number","Item title","Custom label","Quantity","Sold for",'
    '"Postage and packaging","Seller collected tax","eBay collected tax","Total price","Payment method","Sale date","Paid on date","Dispatched on date","Delivery service","Click and Collect"\n'
    '"55","22-1","kim","Kim","k@x.example","United Kingdom","41","Mug","M1","1","£12.00","£3.50","","","£15.50","","21-Jul-25","21-Jul-25","23-Jul-25","Royal Mail",""\n'
)
EBAY_MOVES = (
    "Transaction creation date,Type,Order number,Legacy order ID,Buyer username,Net amount,Payout currency,Payout date,Payout ID,Reason for hold,Item ID,Transaction ID,"
    "Item title,Custom label,Quantity,Item subtotal,Shipping and handling,Seller collected tax,eBay collected tax,Final Value Fee - fixed,Final Value Fee - variable,"
    '"Very high ""item not as described"" fee",Below standard performance fee,International fee,Charity donation,Deposit processing fee,Gross transaction amount,Transaction currency,Exchange rate,Reference ID,Description\n'
    '"Jul 21, 2025",Order,12-1,--,cara_88,20.65,USD,--,--,--,3001,77,"Candle, large",B1,2,20,4,--,1.92,-0.3,-3.05,--,--,--,--,--,24,USD,--,--,--\n'
    '"Jul 23, 2025",Refund,12-1,--,cara_88,-9,USD,--,--,--,3001,77,"Candle, large",B1,--,-10,--,--,--,--,1,--,--,--,--,--,-10,USD,--,R-5,--\n'
    '"Jul 24, 2025",Shipping label,12-1,--,--,-6.2,USD,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,-6.2,USD,--,L-1,USPS\n'
    '"Jul 25, 2025",Payout,--,--,--,-5.45,USD,"Jul 25, 2025",99,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,--,-5.45,USD,--,99,To bank\n'
)
EBAY_TRANSACTIONS = 'Transaction report\n\nSeller,shop_1\nStart date,"Jul 1, 2025"\nEnd date,"Jul 31, 2025"\n"Time zone",PDT\n\n' + EBAY_MOVES
ETSY_ITEMS = table(
    "Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Coupon Details,Discount Amount,Shipping Discount,Order Shipping,Order Sales Tax,Item Total,Currency,Transaction ID,"
    "Listing ID,Date Paid,Date Shipped,Ship Name,Ship City,Ship Country,Order ID,Variations,Order Type,Listings Type,Payment Type,InPerson Discount,InPerson Location,VAT Paid by Buyer,SKU",
    [
        # 3 September; shipping and tax of the order stand on each of its rows
        ["09/03/26", "Candle, &quot;large&quot;", "ana88", "2", "10.00", "BACK", "BACK", "2.00", "1.00", "5.00", "1.44", "20.00", "USD", "31", "501", "09/03/2026", "09/05/2026", "Ana", "Austin", "United States", "9001", "Size: L", "online", "listing", "online_cc", "", "", "", "B1"],
        ["09/03/26", "Soap", "ana88", "1", "6.00", "", "", "0.00", "1.00", "5.00", "1.44", "6.00", "USD", "32", "502", "09/03/2026", "09/05/2026", "Ana", "Austin", "United States", "9001", "", "online", "listing", "online_cc", "", "", "", ""],
        ["09/12/26", "Soap", "", "1", "6.00", "", "", "0.00", "0.00", "0.00", "0.00", "6.00", "USD", "33", "502", "09/12/2026", "", "", "", "", "9002", "", "in person", "listing", "inperson_cc", "", "Fair", "", ""],
    ],
)
ETSY_STATEMENT = (
    'Date,Type,Title,Info,Currency,Amount,"Fees & Taxes",Net,"Tax Details"\n'
    '"September 3, 2026",Sale,"Payment for Order #9001",,USD,"$1,028.44",--,"$1,028.44",--\n'
    '"September 3, 2026",Fee,"Transaction fee: Candle","Order #9001",USD,--,-$0.98,-$0.98,--\n'
    '"September 3, 2026",Tax,"Sales tax paid by buyer","Order #9001",USD,--,-$1.44,-$1.44,--\n'
    '"September 9, 2026",Refund,"Refund for Order #9001",,USD,-$6.00,--,-$6.00,--\n'
    '"September 10, 2026",Deposit,"$1,012.00 sent to your bank account",,USD,--,--,--,--\n'
    '"September 11, 2026",Marketing,"Etsy Ads",,USD,--,-$4.00,-$4.00,--\n'
)


def _mirakl_line(number: str, price: float, qty: int, **more: object) -> dict[str, object]:
    base: dict[str, object] = {"order_line_id": number, "order_line_index": 1, "order_line_state": "SHIPPED", "offer_sku": f"S{number}", "product_sku": f"P{number}"}
    base |= {"product_title": "Bougie", "category_label": "Maison", "quantity": qty, "price": price, "price_unit": price / qty, "shipping_price": 0, "total_price": price}
    base |= {"commission_fee": round(price / 10, 2), "commission_rate_vat": 20.0, "total_commission": round(price * 0.12, 2), "taxes": [], "refunds": [], "cancelations": []}
    return base | more


def _mirakl_order(number: str, state: str, lines: list[dict[str, object]], **more: object) -> dict[str, object]:
    base: dict[str, object] = {"order_id": number, "commercial_id": number[:-2], "order_state": state, "created_date": "2026-09-03T21:30:00Z", "last_updated_date": "2026-09-20T08:00:00Z"}
    base |= {"currency_iso_code": "EUR", "order_tax_mode": "TAX_INCLUDED", "customer_notification_email": "x1@notification.mirakl.net", "shipping_price": 5.0}
    base |= {"customer": {"customer_id": "c-7", "locale": "fr_FR", "shipping_address": {"country_iso_code": "FRA", "city": "Lyon"}}, "channel": {"code": "INIT", "label": "Marché"}}
    price = sum(float(str(line["price"])) for line in lines)
    base |= {"price": price, "total_price": price + 5.0, "delivery_date": {"earliest": "2026-09-06T00:00:00Z", "latest": "2026-09-08T00:00:00Z"}, "order_lines": lines}
    return base | more


_REFUND = {"amount": 12.0, "commission_taxes": [{"amount": 0.24, "code": "TVA"}], "created_date": "2026-09-15T10:00:00Z", "id": "1100", "quantity": 1, "reason_code": "14", "state": "REFUNDED", "taxes": [{"amount": 2.0, "code": "TVA"}]}
MIRAKL = json.dumps(
    {
        "orders": [
            # one basket, two orders; a line with a refund that holds lists of its own
            _mirakl_order(
                "5100-A",
                "CLOSED",
                [
                    _mirakl_line("1", 24.0, 2, taxes=[{"amount": 4.0, "code": "TVA"}], refunds=[_REFUND, _REFUND | {"id": "1101", "state": "WAITING_REFUND"}], shipped_date="2026-09-05T09:00:00Z", received_date="2026-09-07T09:00:00Z"),
                    _mirakl_line("2", 6.0, 1, taxes=[{"amount": 0.5, "code": "TVA"}, {"amount": 0.5, "code": "ECO"}]),
                ],
            ),
            _mirakl_order("5100-B", "SHIPPING", [_mirakl_line("3", 10.0, 1)]),
            _mirakl_order("5101-A", "REFUSED", [_mirakl_line("4", 8.0, 1, order_line_state="REFUSED")]),
        ],
        "total_count": 3,
    },
    indent=1,
)

# ---------------------------------------------------------------- advertising

GOOGLE_FR = (
    "Rapport sur les campagnes\n1 septembre 2026 - 30 septembre 2026\n"
    "État de la campagne;Campagne;Code de devise;Clics;Impr.;Coût;Conversions\n"
    'Activée;Total Wine;EUR;10;1\u202f200;1\u202f050,25; --\n'
    "Activée;Bougies;EUR;3;90;9,75;2,00\n"
    "Total\xa0: campagnes; --;EUR;13;1\u202f290;1\u202f060,00;2,00\n"
    "Total\xa0: compte;;EUR;13;1\u202f290;1\u202f060,00;2,00\n"
)
GOOGLE_DAYS = (
    "Campaign report\nAll time\nDay,Campaign,Campaign type,Currency code,Cost,Impr.,Clicks\n"
    '2026-09-01,Candles,Search,GBP,"1,000.50","2,000",30\n2026-09-02,Candles,Search,GBP,2.50,20,1\nTotal: Account,,,GBP,"1,003.00","2,020",31\n'
)
GOOGLE_OVERVIEW = 'Date,Clicks,Impressions,Avg. CPC,Cost\n"Thu, 5 Mar 2026",0,0,US$0.00,US$0.00\n"Fri, 6 Mar 2026",26,75,US$1.92,"US$1,050.00"\n'
GOOGLE_NETWORKS = "Network,Clicks,Cost,Avg. CPC\nGoogle Search,7,US$9.72,US$1.39\nSearch partners,84,US$129.95,US$1.55\n"
META_ADS_DE = (
    "Berichtsstart,Berichtsende,Anzeigengruppenname,Anzeigenname,Ergebnisse,Impressionen,Link-Klicks,Ausgegebener Betrag (EUR)\n"
    "2026-09-01,2026-09-30,,,,400,9,\"12,50\"\n2026-09-01,2026-09-30,Herbst,Kerzen,3,300,7,\"10,00\"\n2026-09-01,2026-09-30,Herbst,Seife,,100,2,\"2,50\"\n"
)
META_FR = (
    '"Début des rapports","Fin des rapports","Jour","Nom de la campagne","Résultats","Indicateur de résultats","Couverture","Impressions","Clics sur un lien","Montant dépensé (EUR)"\n'
    '"2026-09-01","2026-09-02","2026-09-01","Bougies","2","actions:offsite_conversion.fb_pixel_purchase","900","1200","31","12,50"\n'
    '"2026-09-01","2026-09-02","2026-09-02","Bougies","4","actions:link_click","500","800","4","7,25"\n'
    '"2026-09-01","2026-09-02","","","","","1300","2000","35","19,75"\n'
)
TIKTOK = table(
    "Campaign name,Ad group name,By Day,Currency,Cost,CPC (destination),Impressions,Clicks (destination),CTR (destination),Reach,Conversions",
    [
        ["Candles", "18-24", "2026-09-01", "EUR", "10.50", "0.50", "1,200", "21", "1.75%", "900", "<5"],
        ["Candles", "25-34", "2026-09-01", "EUR", "4.50", "-", "300", "<5", "-", "200", "<5"],
        ["Total Wine", "25-34", "2026-09-01", "EUR", "1.00", "-", "10", "7", "-", "9", "<5"],
        ["Total of 3 results", "-", "-", "EUR", "16.00", "-", "1,510", "28", "-", "-", "-"],
    ],
)
TIKTOK_RANGE = table("Campaign name,Currency,Cost,Impressions,Clicks (all)", [["Soap", "EUR", "30.00", "3000", "33"]])

# ---------------------------------------------------------------- search, stores, e-mail

SEARCH_CHART = "Date,Clicks,Impressions,CTR,Position\n2026-09-01,161,13456,1.2%,32\n2026-09-02,173,13829,1.25%,32.6\n"
SEARCH_CHART_FR = "Date,Clics,Impressions,CTR,Position\n2026-09-01,161,13456,\"1,2 %\",32\n2026-09-02,173,13829,\"1,25 %\",\"32,6\"\n"
SEARCH_QUERIES = "Top queries,Clicks,Impressions,CTR,Position\nbougie,120,9000,1.33%,3.1\nsavon,41,4000,1.03%,5\n"
STORES = (
    "Store code,Business name,Address,Labels,Google Search - Mobile,Google Search - Desktop,Google Maps - Mobile,Google Maps - Desktop,Calls,Messages,Bookings,Directions,Website clicks\n"
    ",,,,Number of people that viewed on mobile,…,…,…,Number of calls,…,…,…,Number of clicks\n"
    'LYO,Bougies Lyon,"1 rue A, Lyon",,120,30,60,5,7,0,,44,12\n'
    ',Bougies Paris,"2 rue B, Paris",,10,--,5,--,1,0,,4,2\n'
)
KLAVIYO = table(
    "Campaign Name,Tags,Subject,List,Send Time,Send Weekday,Total Recipients,Unique Placed Order,Placed Order Rate,Revenue,Unique Opens,Open Rate,Total Opens,Unique Clicks,Click Rate,"
    "Total Clicks,Unsubscribes,Spam Complaints,Spam Complaints Rate,Successful Deliveries,Bounces,Bounce Rate,Campaign ID,Campaign Channel",
    [
        ["Rentrée, 1", "", "Hello", "All", "2026-09-03 09:38:00", "Thursday", "64517.0", "48.0", "0.07%", "2800.27", "45587.0", "70.80%", "60684.0", "264.0", "0.41%", "351.0", "170.0", "4.0", "0.01%", "64386.0", "131.0", "0.20%", "K1", "Email"],
        ["Rentrée, 2", "", "[MULTIPLE VARIATIONS]", "All", "2026-09-04 11:00:00", "Friday", "1000.0", "2.0", "0.002", "120.5", "490.0", "0.49", "700.0", "10.0", "0.01", "12.0", "0.0", "0.0", "0.0", "1000.0", "0.0", "0.0", "K2", "Email"],
        ["Flash", "", "", "SMS", "2026-09-05 18:00:00", "Saturday", "300.0", "0.0", "0.00%", "0.0", "", "", "", "9.0", "3.00%", "9.0", "0.0", "0.0", "0.0", "300.0", "0.0", "0.0", "K3", "SMS"],
    ],
)
MAILCHIMP = (
    'Title,Subject,List,"Send Date","Send Weekday","Total Recipients","Successful Deliveries","Soft Bounces","Hard Bounces","Total Bounces","Times Forwarded","Forwarded Opens",'
    '"Unique Opens","Open Rate","Total Opens","Unique Clicks","Click Rate","Total Clicks",Unsubscribes,"Abuse Complaints","Times Liked on Facebook","Folder Id","Unique Id",'
    '"Total Orders","Total Gross Sales","Total Revenue","Analytics ROI",Visits\n'
    '"Rentrée","Bonjour !","Tous","Sep 09, 2026 09:30 pm",Wednesday,110,108,1,1,2,0,0,30,27.78%,57,7,6.48%,7,0,0,0,0,aa11,2,"1,050.00","1,000.00",n/a,n/a\n'
    '"Sans boutique","Bonjour","Tous","Sep 10, 2026 08:00 am",Thursday,10,10,0,0,0,0,0,5,50.00%,5,1,10.00%,1,0,0,0,0,aa12,n/a,n/a,n/a,n/a,n/a\n'
)
BREVO = (
    "EMAIL;LASTNAME;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;ADDED_TIME;MODIFIED_TIME\n"
    "ana@exemple.fr;Durand;Ana;33612345678;No;No;12-04-2022 09:30;13-04-2022 10:00\n"
    "bob@exemple.fr;Petit;Bob;;Yes;No;12-04-2022 09:30;12-04-2022 09:30\n"
    ";Nomail;;33699999999;No;No;05-06-2022 11:00;05-06-2022 11:00\n"
    "eve@exemple.fr;;;;No;No;;05-06-2022 11:00\n"
)

TWINS = [
    Twin("amazon.all_orders", "orders.txt", AMAZON_ORDERS),
    Twin("amazon.all_orders", "bestellungen.txt", AMAZON_ORDERS_DE),
    Twin("amazon.fba_returns", "returns.tsv", FBA_RETURNS),
    Twin("amazon.settlement_v2", "settlement2.txt", AMAZON_V2),
    Twin("amazon.settlement_v1", "settlement1.txt", AMAZON_V1),
    Twin("amazon.date_range", "2026SepMonthlyTransaction.csv", AMAZON_DATES),
    Twin("amazon.date_range", "2026JuilTransactions.csv", AMAZON_DATES_FR),
    Twin("amazon.business_child", "BusinessReport 2026-09-01 to 2026-09-30.csv", AMAZON_BUSINESS),
    Twin("amazon.business_days", "BusinessReport-9-14-26.csv", AMAZON_DAYS),
    Twin("amazon.ads_advertised_product", "advertised.csv", AMAZON_ADS),
    Twin("amazon.ads_sponsored_products", "sponsored.csv", SPONSORED),
    Twin("amazon.fba_inventory_health", "health.txt", FBA_HEALTH),
    Twin("ebay.orders", "eBay-OrdersReport-Jul-31-2025.csv", EBAY_ORDERS),
    Twin("ebay.orders", "eBay-OrdersReport-UK.csv", EBAY_UK),
    Twin("ebay.transactions", "Transaction_report.csv", EBAY_TRANSACTIONS),
    Twin("etsy.order_items", "EtsySoldOrderItems2026-9.csv", ETSY_ITEMS),
    Twin("etsy.statement", "etsy_statement_2026_9.csv", ETSY_STATEMENT),
    Twin("mirakl.orders", "orders.json", MIRAKL),
    Twin("google_ads.campaign", "Rapport sur les campagnes.csv", GOOGLE_FR),
    Twin("google_ads.campaign", "Campaign report.csv", GOOGLE_DAYS),
    Twin("google_ads.overview_days", "Time_series.csv", GOOGLE_OVERVIEW),
    Twin("google_ads.overview_networks", "Networks(2026.03.05-2026.03.10).csv", GOOGLE_NETWORKS),
    Twin("meta_ads.report", "Campagnes.csv", META_FR),
    Twin("meta_ads.ads", "Anzeigen.csv", META_ADS_DE),
    Twin("tiktok_ads.report", "tiktok.csv", TIKTOK),
    Twin("tiktok_ads.report", "tiktok 2026-09-01 to 2026-09-30.csv", TIKTOK_RANGE),
    Twin("google_search_console.chart", "Chart.csv", SEARCH_CHART),
    Twin("google_search_console.chart", "Graphique.csv", SEARCH_CHART_FR),
    Twin("google_search_console.dimension", "Queries.csv", SEARCH_QUERIES),
    Twin("google_business.performance", "GMB insights - 2026-9-1 - 2026-9-30.csv", STORES),
    Twin("klaviyo.campaigns", "klaviyo.csv", KLAVIYO),
    Twin("mailchimp.campaigns", "campaigns.csv", MAILCHIMP),
    Twin("brevo.contacts", "contacts.csv", BREVO),
]
