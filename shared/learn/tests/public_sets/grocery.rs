//! Coupon campaigns of a grocery: whether a household that was mailed one redeems, told from its baskets and redemptions before the campaign began.

use std::collections::{BTreeMap, BTreeSet};

use tact_learn::Kind;

use crate::made::{Made, cells, day, unpacked};

const LOGGED: [&str; 12] = [
    "baskets",
    "spend",
    "retail_discount",
    "coupon_discount",
    "coupon_baskets",
    "baskets_30d",
    "spend_30d",
    "days_since",
    "bought_of_coupons",
    "redeemed",
    "mailed",
    "coupons",
];

/// One line of a basket.
struct Line {
    day: i64,
    basket: String,
    product: String,
    spend: f64,
    retail: f64,
    coupon: f64,
}

/// One campaign.
struct Campaign {
    id: String,
    kind: String,
    start: i64,
    days: i64,
    products: BTreeSet<String>,
}

pub(crate) fn made() -> Option<Made> {
    let lines = lines(&unpacked("cj_transactions_to_2017-08.csv.gz")?);
    let redemptions = unpacked("cj_redemptions_early_campaigns.csv.gz")?;
    let redemptions = cells(&redemptions, ["household_id", "campaign_id", "redemption_date"]);
    let mailed = cells(&unpacked("cj_campaigns_mailed.csv.gz")?, ["campaign_id", "household_id"]);
    let campaigns = campaigns()?;
    let started: BTreeMap<&str, i64> = campaigns.iter().map(|one| (one.id.as_str(), one.start)).collect();
    let mut made = Made::new(&[&LOGGED[..], &["rate", "days", "kind"]].concat());
    made.columns[14].1 = Some(Kind::Category);
    // What became of later campaigns is not in the files.
    let known = |id: &str| redemptions.iter().any(|[_, campaign, _]| campaign == id);
    for campaign in campaigns.iter().filter(|campaign| known(&campaign.id)) {
        for [_, household] in mailed.iter().filter(|[id, _]| *id == campaign.id) {
            let none = Vec::new();
            let before = of_baskets(lines.get(household).unwrap_or(&none), campaign);
            let own = || redemptions.iter().filter(|[own, ..]| own == household);
            let redeemed: Vec<_> = own().filter(|[_, _, date]| day(date) < campaign.start).collect();
            let times = redeemed.iter().map(|[_, id, _]| id).collect::<BTreeSet<_>>().len();
            let earlier =
                mailed.iter().filter(|[id, own]| own == household && started[id.as_str()] < campaign.start).count();
            let counts = [redeemed.len(), earlier, campaign.products.len()].map(count);
            let logged = before.iter().chain(&counts).map(|value| value.max(0.0).ln_1p().to_string());
            let rate = count(times) / (count(earlier) + 1.0);
            let rest = [rate.to_string(), campaign.days.to_string(), campaign.kind.clone()];
            let redeems = own().any(|[_, id, _]| *id == campaign.id);
            made.push(&logged.chain(rest).collect::<Vec<_>>(), redeems);
        }
    }
    Some(made)
}

/// The products of every basket.
pub(crate) type Baskets = Vec<Vec<String>>;

/// The categories in every basket: those of June and before, and those of July.
pub(crate) fn baskets() -> Option<(Baskets, Baskets)> {
    let category: BTreeMap<String, String> =
        cells(&unpacked("cj_products.csv.gz")?, ["product_id", "product_category"])
            .into_iter()
            .map(|[product, category]| (product, category))
            .collect();
    let sold = unpacked("cj_transactions_to_2017-08.csv.gz")?;
    let mut found: [BTreeMap<String, Vec<String>>; 2] = Default::default();
    for [basket, product, at] in cells(&sold, ["basket_id", "product_id", "transaction_timestamp"]) {
        let Some(category) = category.get(&product) else { continue };
        let months = if at.as_str() < "2017-07" { Some(0) } else { (at.as_str() < "2017-08").then_some(1) };
        if let Some(part) = months {
            found[part].entry(basket).or_default().push(category.clone());
        }
    }
    let [fitted, held_out] = found;
    Some((fitted.into_values().collect(), held_out.into_values().collect()))
}

/// Baskets, spend, discounts, coupon baskets, the last thirty days, days since the last, and products of the campaign's coupons.
fn of_baskets(lines: &[Line], campaign: &Campaign) -> [f64; 9] {
    let before = || lines.iter().filter(|line| line.day < campaign.start);
    let late = || before().filter(|line| line.day >= campaign.start - 30);
    let baskets = |lines: &mut dyn Iterator<Item = &Line>| {
        count(lines.map(|line| line.basket.as_str()).collect::<BTreeSet<_>>().len())
    };
    let since = before().map(|line| line.day).max().map_or(999, |last| campaign.start - last);
    [
        baskets(&mut before()),
        before().map(|line| line.spend).sum(),
        before().map(|line| line.retail).sum(),
        before().map(|line| line.coupon).sum(),
        baskets(&mut before().filter(|line| line.coupon > 0.0)),
        baskets(&mut late()),
        late().map(|line| line.spend).sum(),
        count(usize::try_from(since).unwrap()),
        count(before().filter(|line| campaign.products.contains(&line.product)).count()),
    ]
}

fn lines(text: &str) -> BTreeMap<String, Vec<Line>> {
    let columns = [
        "household_id",
        "basket_id",
        "product_id",
        "sales_value",
        "retail_disc",
        "coupon_disc",
        "transaction_timestamp",
    ];
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for [household, basket, product, spend, retail, coupon, at] in cells(text, columns) {
        let [spend, retail, coupon] = [spend, retail, coupon].map(|amount| amount.parse().unwrap());
        lines.entry(household).or_default().push(Line { day: day(&at), basket, product, spend, retail, coupon });
    }
    lines
}

/// The campaigns in the order they began in.
fn campaigns() -> Option<Vec<Campaign>> {
    let coupons = cells(&unpacked("cj_coupons.csv.gz")?, ["campaign_id", "product_id"]);
    let described = unpacked("cj_campaign_descriptions.csv.gz")?;
    let described = cells(&described, ["campaign_id", "campaign_type", "start_date", "end_date"]);
    let mut campaigns: Vec<Campaign> = described
        .into_iter()
        .map(|[id, kind, start, end]| Campaign {
            products: coupons.iter().filter(|[own, _]| *own == id).map(|[_, product]| product.clone()).collect(),
            days: day(&end) - day(&start),
            start: day(&start),
            id,
            kind,
        })
        .collect();
    campaigns.sort_by_key(|campaign| (campaign.start, campaign.id.clone()));
    Some(campaigns)
}

fn count(things: usize) -> f64 {
    f64::from(u32::try_from(things).unwrap())
}
