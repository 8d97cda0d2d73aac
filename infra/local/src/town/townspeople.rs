//! The people without a story: `p-001` to `p-146`, with one of three kinds of shopping behaviour each.

use super::calendar::{Moment, SATURDAY, SUNDAY, Zone, is_weekend};
use super::consents::{self, Answer};
use super::diary::{self, Diary, Person};
use super::dice::Dice;
use super::goods::{CANVAS_SNEAKER, GOODS, HAND_CREAM, Product};
use super::places::Store;
use super::record::Article;
use super::visits::{Trace, Visit, walk};

const TOWNSPEOPLE: u32 = 146;
/// The streams of the townspeople's dice begin here; those of the cast are below.
const FIRST_STREAM: u64 = 1_000;

/// The planted kinds of behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// On weekdays, straight to one area, a few minutes, one or two things.
    Express,
    /// At weekends, long, through many areas, and often leaves with nothing.
    Browser,
    /// Seldom, with a full basket.
    BigBuyer,
}

struct Townsperson {
    nth: u32,
    kind: Kind,
    answer: Answer,
    carries_phone: bool,
    home: Store,
}

/// The diaries of everybody without a story.
pub(super) fn townspeople(seed: u64) -> Vec<Diary> {
    (1..=TOWNSPEOPLE).map(|nth| live(nth, &mut Dice::of(seed, FIRST_STREAM + u64::from(nth)))).collect()
}

/// The kind of a townsperson: they take turns.
fn kind_of(nth: u32) -> Kind {
    match nth % 5 {
        0 | 3 => Kind::Express,
        1 | 4 => Kind::Browser,
        _ => Kind::BigBuyer,
    }
}

fn live(nth: u32, dice: &mut Dice) -> Diary {
    let answer = answers(dice);
    let carries_phone = !matches!(answer, Answer::EmailOnly | Answer::NeverAsked | Answer::Nothing) || dice.chance(25);
    let who = Townsperson { nth, kind: kind_of(nth), answer, carries_phone, home: home(dice) };
    let mut diary = Diary::of(person(nth, dice));
    let joined = join(&mut diary, dice, &who);
    warm_up(&mut diary, dice, &who, joined);
    the_day(&mut diary, dice, &who);
    diary
}

fn answers(dice: &mut Dice) -> Answer {
    match dice.below(100) {
        0..50 => Answer::Everything,
        50..57 => Answer::NotMyLocation,
        57..73 => Answer::EmailOnly,
        73..85 => Answer::AppOnly,
        85..92 => Answer::Nothing,
        _ => Answer::NeverAsked,
    }
}

fn home(dice: &mut Dice) -> Store {
    match dice.below(100) {
        0..84 => Store::MarketStreet,
        84..92 => Store::Riverside,
        92..97 => Store::Tampa,
        _ => Store::Naples,
    }
}

fn person(nth: u32, dice: &mut Dice) -> Person {
    let area = if nth < 100 { 646 } else { 718 };
    let tells_age = dice.chance(60);
    let born = if nth.is_multiple_of(49) { 2010 } else { dice.between(1948, 2004) };
    Person {
        name: format!("p-{nth:03}"),
        zone: Zone::NewYork,
        phone: if dice.chance(55) { "app/ios" } else { "app/android" },
        number: format!("+1{area}55501{:02}", nth % 100),
        birth_year: (tells_age || nth.is_multiple_of(49)).then_some(born),
        locale: if dice.chance(12) { "es-US" } else { "en-US" },
    }
}

/// The day they joined, in the first week; one in nine takes it back later.
fn join(diary: &mut Diary, dice: &mut Dice, who: &Townsperson) -> i32 {
    let day = dice.between(0, 6);
    let at = Moment::on(day, dice.between(9, 20), dice.between(0, 59)).plus(dice.between(0, 59));
    if let Some(form) = who.answer.form() {
        diary.join(at, form, who.answer.leaves_number());
    }
    if who.answer == Answer::Everything && dice.chance(18) {
        let at = Moment::on(dice.between(30, 89), 21, dice.between(0, 59));
        diary.change_mind(at, "web", consents::no_more_marketing());
    }
    day
}

fn warm_up(diary: &mut Diary, dice: &mut Dice, who: &Townsperson, joined: i32) {
    let (least, most) = match who.kind {
        Kind::Express => (3, 8),
        Kind::Browser => (4, 10),
        Kind::BigBuyer => (9, 16),
    };
    let mut day = next_day_out(who.kind, joined + dice.between(1, most));
    while day < SATURDAY {
        outing(diary, dice, who, day);
        day = next_day_out(who.kind, day + dice.between(least, most));
    }
}

/// Express shoppers keep off the weekends, browsers to them.
fn next_day_out(kind: Kind, from: i32) -> i32 {
    let suits = |day: &i32| match kind {
        Kind::Express => !is_weekend(*day),
        Kind::Browser => is_weekend(*day),
        Kind::BigBuyer => true,
    };
    (from..from + 7).find(suits).unwrap_or(from)
}

fn outing(diary: &mut Diary, dice: &mut Dice, who: &Townsperson, day: i32) {
    if dice.chance(15) {
        let at = Moment::on(day, dice.between(19, 22), dice.between(0, 59)).plus(dice.between(0, 59));
        let lines = basket(dice, who);
        diary.pay(at, None, lines);
        return;
    }
    let hour = if who.kind == Kind::Express { dice.between(8, 10) } else { dice.between(10, 18) };
    let enters = Moment::on(day, hour, dice.between(0, 59)).plus(dice.between(0, 59));
    let trace = if who.carries_phone && dice.chance(55) { Trace::Sparse } else { Trace::Unseen };
    let visit = visit(dice, who, enters, trace);
    walk(diary, dice, visit);
    if dice.chance(4) {
        diary.coffee_break(enters.plus(-1_800));
    }
}

/// The Saturday and the Sunday morning: most come in the rush, some in the evening online, some not at all.
fn the_day(diary: &mut Diary, dice: &mut Dice, who: &Townsperson) {
    match dice.below(100) {
        0..80 => {
            let (hour, last) = if dice.chance(72) { (11, 15) } else { (8, 18) };
            let enters = Moment::on(SATURDAY, dice.between(hour, last), dice.between(5, 59)).plus(dice.between(0, 59));
            come(diary, dice, who, enters);
        }
        80..88 => {
            let enters = Moment::sunday(9, dice.between(5, 25)).plus(dice.between(0, 59));
            come(diary, dice, who, enters);
        }
        _ => {}
    }
    let evening = Moment::on(SATURDAY, dice.between(20, 23), dice.between(0, 59)).plus(dice.between(0, 59));
    if dice.chance(20) {
        let lines = basket(dice, who);
        diary.pay(evening, None, lines);
    }
    planted(diary, who.nth);
}

fn come(diary: &mut Diary, dice: &mut Dice, who: &Townsperson, enters: Moment) {
    let trace = if who.carries_phone { Trace::Close } else { Trace::Unseen };
    let visit = visit(dice, who, enters, trace);
    let left = enters.plus(visit.minutes * 60);
    let bought = walk(diary, dice, visit);
    if let Some(receipt) = bought.filter(|_| dice.chance(12)) {
        let outcome = if dice.chance(70) { "opened" } else { "dismissed" };
        diary.answer(left.plus(dice.between(5, 30) * 60 + 9), "email", receipt, outcome);
    }
}

/// The night the clocks go back: 01:30 twice, an hour apart; the last event of the story; and the rush for help.
fn planted(diary: &mut Diary, nth: u32) {
    match nth {
        1 => _ = diary.pay(Moment::on(SUNDAY, 1, 30), None, vec![diary::some(1, HAND_CREAM)]),
        2 => _ = diary.pay(Moment::on(SUNDAY, 2, 30), None, vec![diary::some(1, HAND_CREAM)]),
        3 => _ = diary.check_in(Moment::sunday(11, 0), Store::MarketStreet),
        // More of them want help within an hour than there are people to help.
        21..=29 => _ = diary.ask_for_help(at_the_rush(nth), Store::MarketStreet, (CANVAS_SNEAKER, "41", "shoes")),
        _ => {}
    }
}

fn at_the_rush(nth: u32) -> Moment {
    Moment::on(SATURDAY, 14, 2 * i32::try_from(nth).unwrap_or_default() - 28).plus(17)
}

fn visit(dice: &mut Dice, who: &Townsperson, enters: Moment, trace: Trace) -> Visit {
    let (minutes, buys, checks_in) = match who.kind {
        Kind::Express => (dice.between(4, 8), 85, 15),
        Kind::Browser => (dice.between(24, 55), 30, 45),
        Kind::BigBuyer => (dice.between(15, 32), 90, 30),
    };
    let areas = areas(dice, who);
    let basket = if dice.chance(buys) { basket(dice, who) } else { Vec::new() };
    Visit { store: who.home, enters, minutes, areas, checks_in: dice.chance(checks_in), trace, basket }
}

fn areas(dice: &mut Dice, who: &Townsperson) -> Vec<&'static str> {
    let aisles = who.home.aisles();
    if who.kind == Kind::Express {
        // The same shelf every time.
        return aisles
            .iter()
            .copied()
            .cycle()
            .skip(usize::try_from(who.nth).unwrap_or(0) % aisles.len())
            .take(1)
            .collect();
    }
    let passes = if who.kind == Kind::Browser { 75 } else { 45 };
    aisles.iter().copied().filter(|_| dice.chance(passes)).collect()
}

fn basket(dice: &mut Dice, who: &Townsperson) -> Vec<Article> {
    let count = match who.kind {
        Kind::Express | Kind::Browser => dice.between(1, 2),
        Kind::BigBuyer => dice.between(3, 6),
    };
    let mut lines: Vec<Article> = (0..count).filter_map(|_| pick(dice)).map(|found| diary::some(1, found)).collect();
    if dice.chance(4) {
        lines.extend(pick(dice).map(diary::returned));
    }
    lines
}

/// Something for everybody: nobody in the crowd buys by chance what only a story may be about.
pub(super) fn pick(dice: &mut Dice) -> Option<Product> {
    let everyday: Vec<Product> = GOODS.iter().copied().filter(|product| !is_in_a_story(product)).collect();
    let nth = dice.below(u32::try_from(everyday.len()).ok()?);
    everyday.get(usize::try_from(nth).ok()?).copied()
}

pub(super) fn is_in_a_story(product: &Product) -> bool {
    matches!(product.category, "maternity" | "vitamins") || product.id == "copper-kettle"
}
