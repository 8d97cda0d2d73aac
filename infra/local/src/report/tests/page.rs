//! The page: well-formed, without scripts, anything from elsewhere, or anybody.

use super::world::{NOON, Planted};
use crate::report::{Measurable, Report};

/// Every tag is closed by its own, in order; text has no stray `<` or `&`.
fn check_well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = page.strip_prefix("<!DOCTYPE html>").unwrap();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("a tag is not closed: {part:.60}"));
        assert!(!text.contains('>'), "stray > in {text:.60}");
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot", "apos"].contains(&name), "stray & in {text:.60}");
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag:.60}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "closed out of order"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split_whitespace().next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_page_is_whole_by_itself_and_about_nobody() {
    let world = Planted { people: 1_200, by_sms: 0.2, ..Planted::NOTHING }.world();
    let page = world.report().html();
    check_well_formed(&page);
    for absent in ["<script", "http", "url(", "@import", "src=", "href=", "onload", "cust-"] {
        assert!(!page.contains(absent), "{absent}");
    }
    for (name, _) in world.items.iter().take(50) {
        assert!(!page.contains(name.as_str()));
    }
    for present in ["width=device-width", "color-scheme:light dark", "lang=\"en\"", "role=\"img\"", "<caption>"] {
        assert!(page.contains(present), "{present}");
    }
    let json = serde_json::to_string(&world.report()).unwrap();
    assert!(!json.contains("cust-"));
}

#[test]
fn under_every_plot_stands_a_table_and_what_it_says() {
    let page = Planted { people: 1_200, by_sms: 0.2, ..Planted::NOTHING }.world().report().html();
    for section in page.split("<h2>").skip(1) {
        let plots = section.matches("<svg").count();
        assert!(plots == 0 || section.contains("<table>"), "{section:.80}");
        assert!(section.matches("<figcaption>").count() >= plots);
    }
    for heading in ["Lift against ghosts", "Happy, and profitable", "Funnel", "Calibration", "Gain", "Learning curve"] {
        let section = page.split("<h2>").find(|section| section.starts_with(heading)).unwrap();
        assert!(section.contains("<svg"), "{heading}");
    }
}

#[test]
fn a_log_alone_tells_what_was_bought_and_nothing_of_messages() {
    let world = Planted { people: 300, ..Planted::NOTHING }.world();
    let ends = NOON.plus_s(30 * 86_400);
    let (evidence, catalogue) = (world.evidence(), &world.catalogue);
    let logged = Measurable { evidence: &evidence, items: None, catalogue, seen_until: ends, ends, seed: 1 };
    let (report, whole) = (Report::of(&logged), world.report());
    assert!(report.lifts.iter().all(|cell| cell.happy.is_none() && cell.profitable.is_none()));
    let compared = |report: &Report| report.lifts.iter().map(|cell| cell.compared.clone()).collect::<Vec<_>>();
    assert_eq!(compared(&report), compared(&whole));
    assert_eq!(report.funnel.last().unwrap().step, "holdout");
    assert_eq!(report.foresight.n, 0);
    check_well_formed(&report.html());
}

#[test]
fn an_empty_page_is_well_formed_and_says_that_nothing_can_be_told() {
    let page = Planted { people: 0, ..Planted::NOTHING }.world().report().html();
    check_well_formed(&page);
    assert!(page.contains("nothing can be told") && !page.contains("<svg"));
    assert!(!page.contains("NaN") && !page.contains("inf "));
}
