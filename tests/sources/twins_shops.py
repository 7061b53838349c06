"""Made-up files of shops, tills and payment services, each with the traps of its layout."""

from __future__ import annotations

from twins import Twin

CUSTOMERS = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address City,Default Address Country Code,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags
'7001,Ana,Lopez,Ana@Exemple.fr,yes,,Lyon,FR,06 11 22 33 44,'+33611223344,no,79.80,2,"parle
de nous",no,vip
'7002,Bob,Petit,bob@exemple.fr,no,,Nice,FR,,,no,12.00,0,,no,
'7003,Zoé,Martin,,no,,Brest,FR,,,no,0.00,0,,no,
,,,,no,,,,,,no,0.00,0,,no,
"""

PAYMENTS = """\
Transaction Date,Type,Order,Card Brand,Card Source,Payout Status,Payout Date,Payout ID,Available On,Amount,Fee,Net,Checkout,Payment Method Name,Presentment Amount,Presentment Currency,Currency,VAT
2026-04-03 23:40:00 +0200,charge,#1,visa,online,paid,2026-04-07,9001,2026-04-07,50.00,1.00,49.00,#c1,card,50.00,EUR,EUR,0.00
2026-04-04 09:00:00 +0200,charge,#2,master,chip,paid,2026-04-07,9001,2026-04-07,24.00,0.40,23.60,#c2,card,24.00,EUR,EUR,0.00
2026-04-05 11:00:00 +0200,refund,#1,visa,online,paid,2026-04-08,9002,2026-04-08,-10.00,0.00,-10.00,#c1,card,-10.00,EUR,EUR,0.00
2026-04-05 11:00:00 +0200,refund,#1,visa,online,paid,2026-04-08,9002,2026-04-08,-10.00,0.00,-10.00,#c1,card,-10.00,EUR,EUR,0.00
2026-04-06 08:00:00 +0200,refund,#2,master,chip,paid,2026-04-08,9002,2026-04-08,-24.00,0.00,-24.00,#c2,card,-24.00,EUR,EUR,0.00
2026-04-06 08:30:00 +0200,dispute,#3,visa,online,paid,2026-04-08,9002,2026-04-08,-30.00,15.00,-48.00,#c3,card,-30.00,EUR,EUR,3.00
2026-04-07 10:00:00 +0200,payout,,,,paid,2026-04-07,9001,2026-04-07,-72.60,0.00,-72.60,,,,,EUR,
2026-04-07 11:00:00 +0200,adjustment,,,,paid,2026-04-08,9002,2026-04-08,2.00,0.00,2.00,,,,,EUR,
2026-04-07 12:00:00 +0200,charge,#4,bogus,online,pending,,,,99.00,0.00,99.00,#c4,card,99.00,EUR,EUR,0.00
"""

PAYMENTS_ITALIAN = """\
Data della transazione;Tipo;Ordine;Stato del pagamento;Data del pagamento;ID pagamento;Importo;Commissione;Netto;Valuta
03/10/2026 10:12;Addebito;#1;Pagato;06/10/2026;123;1.030,00;0,75;1.029,25;EUR
14/10/2026 09:00;Rimborso;#1;Pagato;16/10/2026;124;-5,00;0,00;-5,00;EUR
"""

PAYMENTS_FRENCH = """\
Date de la transaction;Type;Commande;Marque de la carte;Source de la carte;Statut du versement;Date du versement;Montant;Frais;Net;Devise;TVA
13/04/2026 10:12;paiement;#1;visa;online;payé;16/04/2026;1.030,00;0,75;1.029,25;EUR;0,00
14/04/2026 09:00;remboursement;#1;visa;online;payé;16/04/2026;-5,00;0,00;-5,00;EUR;0,00
"""

PAYOUTS = """\
Payout Date,Status,Charges,Refunds,Adjustments,Marketplace Sales Tax,Advances,Reserved Funds,Fees,Retried Amount,Total,Currency,Bank Reference
2026-04-07,paid,74.00,0.00,0.00,0.00,0.00,0.00,-1.40,0.00,72.60,EUR,R1
2026-04-08,in_transit,100.00,-44.00,2.00,0.00,0.00,-5.00,-3.00,0.00,50.00,EUR,R2
2026-04-08,paid,10.00,0.00,0.00,0.00,0.00,0.00,-0.50,0.00,9.50,GBP,R3
2026-04-09,failed,20.00,0.00,0.00,0.00,0.00,0.00,-0.60,0.00,19.40,EUR,
2026-04-10,paid,30.00,0.00,0.00,0.00,0.00,0.00,-0.90,0.00,28.00,EUR,R4
"""

ORDERS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem taxable,Billing Zip,Billing Country,Billing Phone,Shipping Country,Note Attributes,Canceled at,Payment Method,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source name,Lineitem discount,Phone,Payment ID
#1,ana@exemple.fr,paid,,fulfilled,2026-04-06 08:00:00 +0200,yes,EUR,45.00,5.00,8.33,50.00,TEN,5.00,Courier,2026-04-03 23:30:00 +0200,2,Bougie,20.00,B1,true,'69001,FR,'+33611223344,FR,"gift: no
device: mobile",,Shopify Payments,20.00,Lumen,0.00,,,,100,,Low,web,0.00,,p1
#1,ana@exemple.fr,,,,,,,,,,,,,,2026-04-03 23:30:00 +0200,1,Shipping Protection,4.00,,true,,,,,,,,,Route,,,,,,,,,0.00,,
#1,ana@exemple.fr,,,,,,,,,,,,,,2026-04-03 23:30:00 +0200,1,Donation to the lifeboats,6.00,,false,,,,,,,,,Lumen,,,,,,,,,0.00,,
#2,,paid,2026-04-04 09:00:00 +0200,,,no,EUR,24.00,0.00,4.00,24.00,,0.00,,2026-04-04 09:00:00 +0200,1,Savon,24.00,S1,true,,,,,,,Shopify Payments,0.00,Lumen,0.00,,Lyon,,200,,Low,pos,0.00,,p2
#3,bob@exemple.fr,paid,2026-04-05 09:00:00 +0200,,,no,EUR,30.00,0.00,5.00,30.00,,0.00,Standard,2026-04-05 09:00:00 +0200,1,Vase,30.00,V1,true,,FR,,FR,,2026-04-06 10:00:00 +0200,Shopify Payments,0.00,Lumen,0.00,,,,300,,Low,web,0.00,,p3
#4,test@exemple.fr,paid,2026-04-07 12:00:00 +0200,,,no,EUR,99.00,0.00,16.50,99.00,,0.00,Standard,2026-04-07 12:00:00 +0200,1,Vase,99.00,V1,true,,FR,,FR,,,(for testing) Bogus Gateway,0.00,Lumen,0.00,,,,400,,Low,web,0.00,,p4
"""

PRODUCTS = """\
Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Option2 name,Option2 value,Price,Compare-at price,Cost per item,Charge tax,Inventory quantity,Product image URL,Gift card
Bougie,bougie,<p>Cire</p>,Lumen,Home & Garden > Decor > Candles,,cire,TRUE,Active,B1,'300,Size,Small,,,20.00,,8.50,TRUE,4,https://example.com/1.jpg,FALSE
,bougie,,,,,,,,B2,,,Large,,,30.00,,,TRUE,2,,
,bougie,,,,,,,,,,,,,,,,,,,https://example.com/2.jpg,
Savon,savon,,Lumen,Health & Beauty,Bain,,TRUE,Draft,,,Title,Default Title,,,6.00,7.00,2.00,TRUE,9,,FALSE
"""

INVENTORY = """\
Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,Barcode,HS Code,COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),Available (not editable),On hand (current),On hand (new)
bougie,Bougie,Size,Small,,,,,B1,,,FR,Lyon,A-1,0,0,1,3,4,
bougie,Bougie,Size,Small,,,,,B1,,,FR,Paris,,not stocked,not stocked,not stocked,not stocked,not stocked,
bougie,Bougie,Size,Large,,,,,,,,FR,Lyon,,0,0,0,-2,-2,
"""

INVENTORY_WIDE = """\
Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,12 rue A,Entrepôt
bougie,Bougie,Title,Default Title,,,,,B1,'340600,FR,4,9999
savon,Savon,Size,Small,,,,,,,FR,not stocked,12
"""

CHECKOUTS = """\
Name,Email,Financial Status,Paid at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Note Attributes,Id,Phone
#801,ana@exemple.fr,,,no,EUR,46.00,0.00,0.00,46.00,0.00,2026-04-03 22:10:00 +0200,2,Bougie,20.00,B1,device: mobile,801,
#801,ana@exemple.fr,,,,,,,,,,2026-04-03 22:10:00 +0200,1,Savon,6.00,S1,,,
#802,,,,no,EUR,6.00,0.00,0.00,6.00,0.00,2026-04-04 09:00:00 +0200,1,Savon,6.00,S1,,802,'+33611223344
"""

WOO_ANALYTICS = """\
Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,Attribution
2026-04-03 23:30:00,501,&euro;40.00,completed,Ana Lopez,new,"2× Bougie, petite, 1× Savon",3,TEN,40,Organic: Google
2026-04-04 09:10:00,502,"&euro;1,200.50",processing,Bob Petit,returning,1× Vase,1,,1200.5,Direct
2026-04-05 10:00:00,503,&euro;15.00,on-hold,Zoé Martin,new,1&times; Savon,1,,15,Direct
2026-04-06 08:00:00,501,-&euro;10.00,refunded,Ana Lopez,returning,,0,,-10,
2026-04-06 09:00:00,504,&euro;8.00,failed,Cy Ng,new,1× Savon,2,,8,Direct
"""

WOO_ANALYTICS_FRENCH = """\
Date;Commande #;Revenu net (formaté);État;Client;Type de client;Produit(s);Articles vendus;Code(s) promo;Ventes nettes;Origine
2026-04-03 23:30:00;601;40,50 €;Terminée;Ana Lopez;nouveau;2× Bougie;2;;40,50;Direct
2026-04-04 10:00:00;602;12,00 €;Annulée;Bob Petit;nouveau;1× Savon;1;;12;Direct
"""

SKYVERGE = """\
order_id,order_number_formatted,order_number,date,status,order_shipping,order_shipping_tax,order_fees,order_fee_tax,order_tax,cart_discount,order_discount,order_total,payment_method,shipping_method,customer_user,billing_first_name,billing_email,billing_phone,billing_country,shipping_country,order_item_1,order_item_2,order_item_3,download_permissions_granted,order_notes,shipping_method_1,shipping_cost_1
4001,W-4001,4001,5/31/2016 0:37,completed,5.00,1.00,0,0,9.00,5.00,0,60.00,paypal,Flat Rate,12,Ana,ana@exemple.fr,0611223344,FR,FR,product_id:4959|1|30|size: Medium,sku:B1|2|15|,,1,,flat,5
4002,W-4002,4002,6/1/2016 14:05,processing,0,0,0,0,0,0,1.00,19.00,cod,Local Pickup,0,Bob,bob@exemple.fr,,FR,,sku:S1|2|20|,,,1,,pickup,0
4003,W-4003,4003,6/2/2016 9:00,refunded,0,0,0,0,2.00,0,0,12.00,paypal,Flat Rate,12,Ana,ana@exemple.fr,,FR,FR,sku:S1|1|10|,,,1,,flat,0
4004,W-4004,4004,6/3/2016 9:00,cancelled,0,0,0,0,0,0,0,10.00,paypal,Flat Rate,0,Cy,cy@exemple.fr,,BE,BE,sku:S1|1|10|,,,1,,flat,0
"""

PRESTASHOP = """\
ID;Référence;Nouveau client;Livraison;Client;Société;Total;Paiement;État;Date
12;XKBKNABJK;1;France;A. Lopez;--;1\u202f234,56\xa0€;Carte bancaire;Paiement accepté;2026-04-03 23:30:00
11;QWERTYUIO;0;Belgique;B. Petit;SARL Petit;15,00\xa0€;Chèque;En attente du paiement par chèque;2026-04-02 10:00:00
10;ASDFGHJKL;0;France;Z. Martin;--;20,00\xa0€;PayPal;Remboursé;2026-04-01 09:00:00
9;ZXCVBNMAS;0;France;C. Ng;--;9,90\xa0€;PayPal;Annulé;2026-03-31 09:00:00
8;POIUYTREW;0;France;C. Ng;--;7,00\xa0€;PayPal;Chez l'imprimeur;2026-03-30 09:00:00
"""

PRESTASHOP_ENGLISH = """\
ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date
12;XKBKNABJK;Yes;United Kingdom;A. Lopez;£1,234.56;Card;Delivered;2026-04-03 23:30:00
11;QWERTYUIO;No;France;B. Petit;£15.00;Card;Payment error;2026-04-02 10:00:00
"""

MAGENTO = """\
ID,"Purchase Point","Purchase Date","Bill-to Name","Ship-to Name","Grand Total (Base)","Grand Total (Purchased)",Status,"Billing Address","Shipping Address","Shipping Information","Customer Email","Customer Group",Subtotal,"Shipping and Handling","Customer Name","Payment Method","Total Refunded","Pickup Location Code"
000000101,"Main Website
    Main Website Store
        Default Store View","Oct 6, 2025 14:03:11 PM","Ana Lopez","Ana Lopez",65.0000,72.5000,Complete,"1 rue A","1 rue A","Flat Rate - Fixed",Ana@exemple.fr,General,50.0000,5.0000,"Ana Lopez",checkmo,,
000000102,"Main Website","Oct 7, 2025 00:15:00 AM","Bob Petit","Bob Petit",30.0000,30.0000,Closed,"2 rue B","2 rue B","Flat Rate - Fixed",bob@exemple.fr,General,30.0000,0.0000,"Bob Petit",checkmo,30.0000,
000000103,"Main Website","Oct 8, 2025 09:00:00 AM","Zoé Martin","Zoé Martin",12.0000,12.0000,Canceled,"3 rue C","3 rue C","In-Store Pickup Delivery",,"NOT LOGGED IN",12.0000,0.0000,"Zoé Martin",checkmo,,lyon
000000104,"Main Website","Oct 9, 2025 12:00:00 PM","Cy Ng","Cy Ng",45.0000,45.0000,Processing,"4 rue D","4 rue D","In-Store Pickup Delivery",cy@exemple.fr,General,50.0000,0.0000,"Cy Ng",checkmo,5.0000,lyon
"""

BIGCOMMERCE = """\
Order ID,Customer ID,Customer Name,Customer Email,Customer Phone,Order Date,Order Status,Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),Shipping Cost (ex tax),Ship Method,Handling Cost (inc tax),Handling Cost (ex tax),Order Total (inc tax),Order Total (ex tax),Payment Method,Total Quantity,Total Shipped,Date Shipped,Order Currency Code,Exchange Rate,Billing Country,Shipping Country,Product Details,Store Credit Redeemed,Gift Certificate Amount Redeemed,Coupon Details,Refund Amount
301,9,Ana Lopez,Ana@exemple.fr,0611223344,18/05/2026,Shipped,60.00,50.00,11.00,6.00,5.00,Courier,0.00,0.00,66.00,55.00,Card,3,3,20/05/2026,EUR,1.0000000000,France,France,"Product ID: 2471,Product Qty: 2,Product SKU: B1,Product Name: Bougie, grande,Product Weight: 1.0,Product Variation Details: ,Product Unit Price: 15.00,Product Total Price: 30.00|Product ID: 2472,Product Qty: 1,Product SKU: ,Product Name: Vase,Product Weight: 2.0,Product Variation Details: Colour: Blue,Product Unit Price: 30.00,Product Total Price: 30.00",0.00,0.00,,12.00
302,0,Bob Petit,bob@exemple.fr,,19/05/2026,Completed,30.00,30.00,0.00,0.00,0.00,Pickup in store,0.00,0.00,27.00,27.00,Card,1,1,,EUR,1.0000000000,France,France,"Product ID: 2473,Product Qty: 3,Product SKU: S1,Product Name: Savon,Product Weight: 1.0,Product Variation Details: ,Product Unit Price: 10.00,Product Total Price: 30.00",0.00,0.00,TEN,0.00
303,0,Cy Ng,cy@exemple.fr,,20/05/2026,Incomplete,10.00,10.00,0.00,0.00,0.00,Courier,0.00,0.00,10.00,10.00,Card,1,0,,EUR,1.0000000000,France,France,"Product ID: 2473,Product Qty: 1,Product SKU: S1,Product Name: Savon,Product Weight: 1.0,Product Variation Details: ,Product Unit Price: 10.00,Product Total Price: 10.00",0.00,0.00,,0.00
304,0,Di,di@exemple.fr,,21/05/2026,Declined,10.00,10.00,0.00,0.00,0.00,Courier,0.00,0.00,10.00,10.00,Card,1,0,,EUR,1.0000000000,France,France,"Product ID: 2473,Product Qty: 1,Product SKU: S1,Product Name: Savon,Product Weight: 1.0,Product Variation Details: ,Product Unit Price: 10.00,Product Total Price: 10.00",0.00,0.00,,0.00
"""

SQUARE = """\
Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,Partial Refunds,Total Collected,Source,Card,Card Entry Methods,Cash,Square Gift Card,Other Tender,Other Tender Type,Tender Note,Fees,Net Total,Transaction ID,Payment ID,Card Brand,PAN Suffix,Device Name,Details,Description,Event Type,Location,Dining Option,Customer ID,Third Party Fees,Deposit ID,Deposit Date,Refund Reason,Transaction Status,Cash App,Channel,International Fee
04/13/2026,10:02:11 AM,Paris,€30.00,-€3.00,€0.00,€27.00,€0.00,€2.16,€2.00,€0.00,€31.16,Point of Sale,€31.16,Tap,€0.00,€0.00,€0.00,,,-€0.93,€30.23,TA,PA,Visa,0000,iPad,,Mug x 1,Payment,Quai,To Go,CU1,€0.00,D1,04/14/2026,,Complete,€0.00,Quai,€0.00
04/13/2026,2:40:00 PM,Paris,"€1,200.00",€0.00,€10.00,"€1,210.00",€0.00,€0.00,€0.00,€0.00,"€1,210.00",Point of Sale,"€1,210.00",Keyed,€0.00,€0.00,€0.00,,,-€30.00,"€1,180.00",TB,PB,Visa,0000,iPad,,Table x 1,Payment,Quai,,,€0.00,D1,04/14/2026,,Complete,€0.00,Quai,€0.00
04/20/2026,9:00:00 AM,Paris,-€12.00,€0.00,€0.00,-€12.00,€0.00,-€0.96,€0.00,€0.00,-€12.96,Point of Sale,-€12.96,,€0.00,€0.00,€0.00,,,€0.00,-€12.96,TC,PC,Visa,0000,iPad,,Mug x 1,Refund,Quai,,CU1,€0.00,D2,04/21/2026,Broken,Complete,€0.00,Quai,€0.00
04/21/2026,9:30:00 AM,Paris,€8.00,€0.00,€0.00,€8.00,€0.00,€0.00,€0.00,€0.00,€8.00,Point of Sale,€8.00,,€0.00,€0.00,€0.00,,,€0.00,€8.00,TD,PD,Visa,0000,iPad,,Mug x 1,Payment,Quai,,,€0.00,,,,Pending,€0.00,Quai,€0.00
"""

SQUARE_ITEMS = """\
Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,Unit,Count,Itemization Type
2026-04-13,10:02:11,Paris,None,Coffee,1.0,,,,€4.00,-€1.00,€3.00,€0.30,TA,PA,iPad,,,Payment,Quai,,CU1,,,ea,1,Physical Good
2026-04-13,10:02:11,Paris,None,Coffee,1.0,,,,€4.00,-€1.00,€3.00,€0.30,TA,PA,iPad,,,Payment,Quai,,CU1,,,ea,1,Physical Good
2026-04-14,09:00:00,Paris,Mugs,Mug,-1.0,Regular,M1,,-€12.00,€0.00,-€12.00,-€0.96,TC,PC,iPad,,,Refund,Quai,,,,,ea,1,Physical Good
"""

SQUARE_FRENCH = """\
Date;Heure;Fuseau horaire;Ventes brutes;Réductions;Ventes nettes;Ventes de cartes-cadeaux;Taxe;Pourboire;Total encaissé;Frais;Total net;ID de transaction;Type d'événement;Lieu;Date du virement
13/04/2026;10:02:11;Paris;30,00 €;-3,00 €;27,00 €;0,00 €;2,16 €;2,00 €;31,16 €;-0,93 €;30,23 €;TA;Paiement;Quai;14/04/2026
20/04/2026;09:00:00;Paris;-12,00 €;0,00 €;-12,00 €;0,00 €;-0,96 €;0,00 €;-12,96 €;0,00 €;-12,96 €;TC;Remboursement;Quai;21/04/2026
"""

LIGHTSPEED = """\
Date,Receipt Number,Line Type,Customer Code,Customer Name,Note,Quantity,Subtotal,Sales Tax,Discount,Loyalty,Total,Paid,Details,Register,User,Status,Sku,AccountCodeSale,AccountCodePurchase
2026-04-03 10:15:00,901,Sale,AL-77,Ana Lopez,,3,50.00,10.00,5.00,0.00,60.00,60.00,2 X Bougie + 1 X Vase,Caisse Lyon,Eva,CLOSED,,,
2026-04-03 10:15:00,901,Sale Line,,,,2,30.00,6.00,5.00,0.00,36.00,,Bougie,,,,B1,200,300
2026-04-03 10:15:00,901,Sale Line,,,,1,20.00,4.00,0.00,0.00,24.00,,Vase,,,,V1,200,300
2026-04-03 10:15:00,901,Payment,,,,-,-,-,-,-,-,60.00,Credit Card,,,,,,
2026-04-04 11:00:00,902,Sale,WALKIN,,,0,-4.00,-0.80,0.00,0.00,-4.80,-4.80,-1 X Vase + 2 X Savon,Caisse Lyon,Eva,CLOSED,,,
2026-04-04 11:00:00,902,Sale Line,,,,-1,-20.00,-4.00,0.00,0.00,-24.00,,Vase,,,,V1,200,300
2026-04-04 11:00:00,902,Sale Line,,,,2,16.00,3.20,0.00,0.00,19.20,,Savon,,,,S1,200,300
2026-04-05 12:00:00,903,Sale,,,,1,10.00,2.00,0.00,0.00,12.00,0.00,1 X Savon,Caisse Lyon,Eva,VOIDED,,,
2026-04-05 12:00:00,903,Sale Line,,,,1,10.00,2.00,0.00,0.00,12.00,,Savon,,,,S1,200,300
"""

SUMUP = """\
Account,Date,Time,Type,Transaction ID,Receipt Number,Payment Method,Quantity,Description,Currency,Price (Gross),Price (Net),Tax,Tax rate,Transaction refunded
caisse@exemple.fr,15.03.26,11:53,Sales,TAAA,S20260001,Cash,2,Café,CHF,7.00,6.48,0.52,8%,
caisse@exemple.fr,15.03.26,11:53,Sales,TAAA,S20260001,Cash,1,Croissant,CHF,3.00,3.00,0.00,0%,
caisse@exemple.fr,15.03.26,11:53,Sales,TAAA,S20260001,Cash,1,Tip,CHF,1.00,1.00,0.00,0%,
caisse@exemple.fr,16.03.26,09:05,Refund,TBBB,S20260002,Cash,1,Café,CHF,-3.50,-3.24,-0.26,8%,TAAA
caisse@exemple.fr,16.03.26,10:00,Sales,TCCC,S20260003,Card,1,Café,CHF,3.50,3.24,0.26,8%,
"""

ODOO = """\
name,date_order,pos_reference,partner_id,partner_id/email,config_id,amount_total,amount_tax,state,lines/product_id,lines/qty,lines/price_unit,lines/discount,lines/price_subtotal,lines/price_subtotal_incl
Shop/0001,2026-04-03 10:15:00,Order 00001-001-0001,Ana Lopez,Ana@exemple.fr,Lyon (Eva),66.0,11.0,paid,[B1] Bougie,2.0,18.0,0.0,30.0,36.0
,,,,,,,,,[V1] Vase,1.0,37.5,20.0,25.0,30.0
Shop/0002,2026-04-03 11:00:00,Order 00001-001-0002,,,Lyon (Eva),12.0,2.0,invoiced,[S1] Savon,1.0,12.0,0.0,10.0,12.0
Shop/0003,2026-04-04 09:00:00,Order 00001-001-0003,Ana Lopez,Ana@exemple.fr,Lyon (Eva),-30.0,-5.0,done,[V1] Vase,-1.0,37.5,20.0,-25.0,-30.0
Shop/0004,2026-04-04 10:00:00,Order 00001-001-0004,,,Lyon (Eva),6.0,1.0,cancel,[S1] Savon,0.5,12.0,0.0,5.0,6.0
"""

ODOO_FRENCH = """\
Réf. de la commande,Date de la commande,Numéro de reçu,Client,Point de vente,Total,Montant des taxes,Statut
Shop/0001,2026-04-03 12:15:00,Commande 0001,Ana Lopez,Lyon,66.0,11.0,Payé
Shop/0003,2026-04-04 11:00:00,Commande 0003,Ana Lopez,Lyon,-30.0,-5.0,Comptabilisé
"""

TICKETLINES = """\
ticket,line,product,attributesetinstance_id,units,price,taxid,attributes
t-1,0,p-1,,2.0,15.0,001,
t-1,1,p-2,,1.0,25.0,001,
t-2,0,p-2,,-1.0,25.0,001,
t-3,0,p-1,,1.0,15.0,001,
"""
RECEIPTS = "ID,MONEY,DATENEW,ATTRIBUTES,PERSON\nt-1,m1,2026-04-03 10:15:00.0,,0\nt-2,m1,2026-04-04 09:00:00.0,,0\nt-3,m1,2026-04-05 09:00:00.0,,0\n"
TICKETS = "ID,TICKETTYPE,TICKETID,PERSON,CUSTOMER,STATUS\nt-1,0,1,0,c-9,0\nt-2,1,2,0,,0\nt-3,2,3,0,,0\n"
OPENBRAVO_PRODUCTS = """\
ID,REFERENCE,CODE,CODETYPE,NAME,PRICEBUY,PRICESELL,CATEGORY,TAXCAT
p-1,B1,3001,,Bougie,6.0,15.0,000,001
p-2,V1,3002,,Vase,11.0,25.0,000,001
"""

PAYPAL = """\
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Reference Txn ID","Invoice Number","Balance","Balance Impact"
"04/13/2026","10:02:11","CEST","Ana Lopez","Express Checkout Payment","Completed","EUR","1,050.00","-31.05","1,018.95","ana@exemple.fr","shop@exemple.fr","X1","","#1","1,018.95","Credit"
"04/13/2026","11:02:11","CEST","Bob Petit","Website Payment","Completed","EUR","20.00","-0.95","19.05","bob@exemple.fr","shop@exemple.fr","X2","","#2","1,038.00","Credit"
"04/14/2026","09:00:00","CEST","Bob Petit","Payment Refund","Completed","EUR","-20.00","0.35","-19.65","shop@exemple.fr","bob@exemple.fr","X3","X2","","1,018.35","Debit"
"04/15/2026","08:00:00","CEST","","General Withdrawal","Completed","EUR","-1,000.00","0.00","-1,000.00","","","X4","","","18.35","Debit"
"04/15/2026","08:05:00","CEST","","General Currency Conversion","Completed","USD","12.00","0.00","12.00","","","X5","","","12.00","Credit"
"04/16/2026","08:05:00","CEST","Cy Ng","Website Payment","Pending","EUR","12.00","0.00","12.00","","","X6","","","12.00","Memo"
"04/17/2026","08:05:00","CEST","Di","Website Payment","Denied","EUR","12.00","0.00","12.00","","","X7","","","12.00","Credit"
"""

PAYPAL_FRENCH = """\
"Date","Heure","Fuseau horaire","Nom","Type","État","Devise","Avant commission","Commission","Net","De l'adresse email","À l'adresse email","Numéro de transaction","Impact sur le solde"
"13/04/2026","10:02:11","CEST","Ana Lopez","Paiement Express Checkout","Terminé","EUR","1 050,00","-31,05","1 018,95","ana@exemple.fr","shop@exemple.fr","X1","Crédit"
"14/04/2026","10:02:11","CEST","Ana Lopez","Remboursement de paiement","Terminé","EUR","-50,00","0,00","-50,00","shop@exemple.fr","ana@exemple.fr","X2","Débit"
"""

TWINS = [
    Twin("shopify.customers", "customers_export.csv", CUSTOMERS),
    Twin("shopify.payments_transactions", "payment_transactions_export_1.csv", PAYMENTS),
    Twin("shopify.payments_transactions", "transazioni.csv", PAYMENTS_ITALIAN),
    Twin("shopify.payments_transactions", "transactions_de_paiement.csv", PAYMENTS_FRENCH),
    Twin("shopify.payouts_summary", "payouts_export.csv", PAYOUTS),
    Twin("shopify.orders", "orders_export_1.csv", ORDERS),
    Twin("shopify.products", "products_export_1.csv", PRODUCTS),
    Twin("shopify.inventory_long", "inventory_export_2026-04-06.csv", INVENTORY),
    Twin("shopify.inventory", "inventory_export_2026-04-05.csv", INVENTORY_WIDE),
    Twin("shopify.abandoned_checkouts", "checkouts_export.csv", CHECKOUTS),
    Twin("woocommerce.analytics_orders", "orders-report.csv", WOO_ANALYTICS),
    Twin("woocommerce.analytics_orders", "commandes.csv", WOO_ANALYTICS_FRENCH),
    Twin("woocommerce.skyverge_orders", "orders-export.csv", SKYVERGE),
    Twin("prestashop.orders", "order_2026-04-06_101500.csv", PRESTASHOP),
    Twin("prestashop.orders", "order_2026-04-07_101500.csv", PRESTASHOP_ENGLISH),
    Twin("magento.orders_grid", "export.csv", MAGENTO),
    Twin("bigcommerce.orders", "orders-2026-06-01.csv", BIGCOMMERCE),
    Twin("square.transactions", "transactions-2026-04.csv", SQUARE),
    Twin("square.transactions", "transactions_fr.csv", SQUARE_FRENCH),
    Twin("square.items", "items-2026-04.csv", SQUARE_ITEMS),
    Twin("lightspeed_x.sales_history", "sales_history.csv", LIGHTSPEED),
    Twin("sumup.sales", "sales-report.csv", SUMUP),
    Twin("odoo.pos_order", "pos.order.csv", ODOO),
    Twin("odoo.pos_order", "commandes_pos.csv", ODOO_FRENCH),
    Twin("openbravo.products", "products.csv", OPENBRAVO_PRODUCTS),
    Twin("paypal.activity", "download.csv", PAYPAL),
    Twin("paypal.activity", "telechargement.csv", PAYPAL_FRENCH),
]
"""Files that are complete by themselves; `FOLDER` is one that needs its neighbours."""

FOLDER = [
    Twin("openbravo.ticketlines", "ticketlines.csv", TICKETLINES),
    Twin("openbravo.receipts", "receipts.csv", RECEIPTS),
    Twin("openbravo.tickets", "tickets.csv", TICKETS),
    Twin("openbravo.products", "products.csv", OPENBRAVO_PRODUCTS),
]
