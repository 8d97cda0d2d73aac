//! What goes with what was bought: the strongest few, and never what she has, gave back, or would not find.

use tact_decide::Models;

use crate::check::sample::{catalogue, file, files};
use crate::scenarios;

const PRODUCTS: &str = "id,name,category,price
dress,Dress,dresses,149.00
tote,Tote,bags,185.00
boot,Boot,shoes,159.00
belt,Belt bag,bags,54.00
scarf,Scarf,women,95.00
";
const COMPLEMENTS: &str = "product,with,lift
dress,belt,1.80
dress,boot,2.10
dress,scarf,1.35
dress,tote,2.75
";
const STOCK: &str = "product,quantity,as_of
tote,3,2026-10-31T06:30:00-04:00
boot,2,2026-10-31T06:30:00-04:00
belt,9,2026-10-31T06:30:00-04:00
scarf,1,2026-10-31T06:30:00-04:00
";
const OTHERS: [&str; 4] = ["tote", "boot", "belt", "scarf"];

/// An offer of a product to whom it is one of the two that go best with what they bought.
fn offer(product: &str) -> String {
    format!(
        "name = \"{product}\"\nissue = \"grow\"\ngroup = \"offers\"\ntriggers = [\"purchase\", \"check_in\"]\nmargin = \"40.00\"\n\
         organic = 0.04\nvalue_class = [\"recommendation\"]\n[rules]\neligibility = \"purchases.complement('{product}', 2d) <= 2\"\n\
         [[treatment]]\nname = \"card\"\nchannel = \"inbox\"\nmode = \"pull\"\ncost = 0\ngroup_prior = 0.2\nvalid = \"1d\"\n\
         discloses = [\"bought\"]\ntext = \"It goes with what you have.\"\n"
    )
}

/// Which of the four are offered in the store after this history, when the stock is this.
fn offered(stock: &str, consents: &str, history: &str) -> Vec<&'static str> {
    let mut files = files();
    files.extend([("products.csv", PRODUCTS), ("complements.csv", COMPLEMENTS)].map(|(path, text)| file(path, text)));
    files.push(file("stock/market-street.csv", stock));
    files.extend(OTHERS.map(|product| file(&format!("actions/{product}.toml"), &offer(product))));
    let catalogue = catalogue(&files);
    let is_offered = |product: &&str| {
        let reason = format!("{{ action = \"{product}\", is = \"eligibility_unknown\" }}");
        let other = format!("{{ action = \"{product}\", is = \"not_eligible\" }}");
        [reason, other].iter().all(|reason| {
            let test = format!(
                "[[test]]\nname = \"t\"\nconsents = [{consents}]\nhistory = [{history}]\n\
                 event = {{ check_in = {{ store = \"market-street\" }} }}\nexpect = {{ reason = {reason} }}\n"
            );
            let tests = scenarios(&file("a.test.toml", &test), &catalogue, &[]).unwrap();
            tests[0].run(&catalogue, &Models::default()).is_err()
        })
    };
    OTHERS.into_iter().filter(is_offered).collect()
}

const ALL: &str = "\"marketing:inbox\", \"profiling\"";
const DRESS: &str = "{ purchase = { ago = \"20m\", store = \"market-street\", product = \"dress\" } }";

fn and(more: &str) -> String {
    format!("{DRESS}, {more}")
}

#[test]
fn the_two_that_go_best_with_the_dress_are_offered_and_nothing_without_it() {
    assert_eq!(offered(STOCK, ALL, DRESS), ["tote", "boot"]);
    assert!(offered(STOCK, ALL, "").is_empty(), "nothing was bought");
    assert!(offered(STOCK, ALL, &DRESS.replace("20m", "49h")).is_empty(), "that was longer ago than two days");
    assert!(offered(STOCK, "\"marketing:inbox\"", DRESS).is_empty(), "what was bought may not be looked at");
}

#[test]
fn what_she_has_or_gave_back_is_not_among_them() {
    let owns = "{ purchase = { ago = \"30d\", product = \"tote\" } }";
    assert_eq!(offered(STOCK, ALL, &and(owns)), ["boot", "belt"]);
    let gave_back = "{ purchase = { ago = \"30d\", product = \"boot\" } }, \
                     { purchase = { ago = \"28d\", lines = [{ product = \"boot\", returned = true }] } }";
    assert_eq!(offered(STOCK, ALL, &and(gave_back)), ["tote", "belt"]);
    let all_back =
        format!("{DRESS}, {{ purchase = {{ ago = \"10m\", lines = [{{ product = \"dress\", returned = true }}] }} }}");
    assert!(offered(STOCK, ALL, &all_back).is_empty(), "the dress is gone, and with it what goes with it");
}

#[test]
fn what_is_sold_out_or_was_not_counted_lately_is_not_among_them() {
    assert_eq!(offered(&STOCK.replace("tote,3", "tote,0"), ALL, DRESS), ["boot", "belt"]);
    let stale = STOCK.replace("boot,2,2026-10-31", "boot,2,2026-10-29");
    assert_eq!(offered(&stale, ALL, DRESS), ["tote", "belt"]);
    assert_eq!(offered(&STOCK.replace("tote,3,2026-10-31T06:30:00-04:00\n", ""), ALL, DRESS), ["boot", "belt"]);
}
