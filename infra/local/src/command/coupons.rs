//! `tact coupons`: what was handed out, what was used, and what is still owed.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use tact_domain::{Coupon, CouponCounts, Liability, Timestamp};
use tact_wire::unpack_coupon;

use super::CommandError;
use super::day::now;
use crate::database::{Embedded, create_table};

/// The name of the one table.
const TABLE: &str = "tact";
/// What its file is called in the directory.
const FILE: &str = "tact.db";
/// What the partition keys of coupons begin with.
const COUPONS: &str = "o#";

/// The arguments of `tact coupons`.
#[derive(Args, Debug)]
pub(super) struct Coupons {
    /// The directory of a `tact run --data`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// As they stand at this time [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Coupons {
    /// Counts the coupons in the table and prints what they come to.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        if !self.data.join(FILE).is_file() {
            let directory = self.data.display();
            return Err(format!("there is no table in `{directory}`; give the directory of a `tact run --data`").into());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let coupons = runtime.block_on(coupons(&self.data))?;
        let at = self.at.map_or_else(now, |at| Timestamp(at.as_millisecond()));
        let liability = Liability::of(&coupons, at);
        let text = if self.json { serde_json::to_string(&liability)? } else { table(&liability) };
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Every coupon in the table of a directory.
async fn coupons(directory: &Path) -> Result<Vec<Coupon>, CommandError> {
    let database = Embedded::start(Some(directory)).await?;
    let client = database.client();
    create_table(&client, TABLE).await?;
    let scan = client.scan().table_name(TABLE).consistent_read(true);
    let scan = scan.filter_expression("begins_with(pk, :coupons)");
    let scan = scan.expression_attribute_values(":coupons", AttributeValue::S(COUPONS.to_owned()));
    let mut pages = scan.into_paginator().items().send();
    let mut coupons = Vec::new();
    while let Some(item) = pages.next().await {
        let item = item.map_err(|error| format!("cannot read the table: {}", DisplayErrorContext(error)))?;
        coupons.push(coupon(&item).ok_or("a coupon in the table cannot be read; use the version that wrote it")?);
    }
    database.stop().await?;
    Ok(coupons)
}

fn coupon(item: &HashMap<String, AttributeValue>) -> Option<Coupon> {
    unpack_coupon(item.get("b")?.as_b().ok()?.as_ref())
}

fn table(liability: &Liability) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["coupons of", "issued", "redeemed", "worth", "void", "expired", "open", "worth"]);
    for (action, counts) in &liability.by_action {
        table.add_row(row(action, counts));
    }
    table.add_row(row("all actions", &liability.all));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n\nwhat is open is owed: {}", money(liability.all.open_worth_minor))
}

fn row(name: &str, counts: &CouponCounts) -> [String; 8] {
    [
        name.to_owned(),
        counts.issued.to_string(),
        counts.redeemed.to_string(),
        money(counts.redeemed_worth_minor),
        counts.void.to_string(),
        counts.expired.to_string(),
        counts.open.to_string(),
        money(counts.open_worth_minor),
    ]
}

/// Minor units as people write them, in hundredths.
fn money(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use tact_aws::DynamoStore;
    use tact_domain::{CouponState, CouponTerms, CustomerId, DecisionId, Handout, OnReturn, Places};
    use tact_pipeline::{Nonce, Store, issue_write};

    use super::*;

    /// 2026-10-31T15:00:00Z.
    const HALLOWEEN: Timestamp = Timestamp(1_793_458_800_000);

    fn coupon(action: &str, number: u8, worth: i64) -> Coupon {
        let customer = CustomerId::new("ana").unwrap();
        let decision = DecisionId(number.into());
        let (action, treatment) = (action.into(), "coupon".into());
        let handout = Handout { decision, customer, action, treatment, store: None, worth, at: HALLOWEEN };
        let terms = CouponTerms { days: 30, stores: Vec::new(), on_return: OnReturn::Void };
        Coupon::issue(handout, &terms, &Places::default())
    }

    /// Two actions' coupons; one of them never reached anybody.
    fn handed_out() -> Vec<Coupon> {
        let gone = Coupon { state: CouponState::Void, ..coupon("win_back", 3, 2_005) };
        vec![coupon("come_back", 1, 1_500), coupon("come_back", 2, 500), gone]
    }

    #[tokio::test]
    async fn every_coupon_in_the_table_of_a_directory_is_counted() {
        let directory = tempfile::tempdir().unwrap();
        let database = Embedded::start(Some(directory.path())).await.unwrap();
        create_table(&database.client(), TABLE).await.unwrap();
        let store = DynamoStore::new(database.client(), TABLE.to_owned());
        for (code, coupon) in ["AAA", "BBB", "CCC"].iter().zip(handed_out()) {
            let writes = [issue_write(code, &coupon)];
            store.commit(&writes, Nonce::of(&writes)).await.unwrap();
        }
        database.stop().await.unwrap();
        let mut found = coupons(directory.path()).await.unwrap();
        found.sort_by_key(|coupon| coupon.decision);
        assert_eq!(found, handed_out());
    }

    #[test]
    fn people_and_machines_are_told_the_same() {
        let liability = Liability::of(&handed_out(), HALLOWEEN);
        let text = table(&liability);
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let rows: Vec<_> = text.lines().map(words).collect();
        assert_eq!(rows[1], ["come_back", "2", "0", "0.00", "0", "0", "2", "20.00"]);
        assert_eq!(rows[2], ["win_back", "1", "0", "0.00", "1", "0", "0", "0.00"]);
        assert!(text.ends_with("what is open is owed: 20.00"), "{text}");
        let json = serde_json::to_value(&liability).unwrap();
        assert_eq!((&json["open"], &json["open_worth_minor"]), (&2.into(), &2_000.into()));
        assert_eq!(json["by_action"]["win_back"]["void"], 1);
        let later = Liability::of(&handed_out(), HALLOWEEN.plus_s(32 * 86_400));
        assert_eq!((later.all.open, later.all.expired, later.all.open_worth_minor), (0, 2, 0));
        assert_eq!((money(-205), money(7)), ("-2.05".to_owned(), "0.07".to_owned()));
    }

    #[test]
    fn a_directory_without_a_table_is_refused_and_left_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let command = Coupons { data: directory.path().to_owned(), at: None, json: false };
        let refused = command.run().unwrap_err().to_string();
        assert!(refused.contains(&directory.path().display().to_string()) && refused.contains("tact run --data"));
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }
}
