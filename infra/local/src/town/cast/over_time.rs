//! Anne, Fay, Kit, Brooke, Lea and Otto: what only shows when one remembers what came before.

use super::super::calendar::{Moment, SATURDAY};
use super::super::consents::{self, Answer};
use super::super::diary::some;
use super::super::goods::{self, Product};
use super::super::places::Store;
use super::super::record::{Consent, Evidence, Remark};
use super::super::visits::{Trace, Visit, walk};
use super::{Role, on_the_day, stroll};

/// Spent $300 in each of four windows of 90 days, and $40 in the last. On the day she looks in, is asked why, and taps "fit".
pub(super) fn anne(seed: u64) -> Role {
    // Her consent, and her purchases, are older than anybody else's: October 2025.
    let mut anne = Role::new(seed, "anne", 11, Some(1972)).joins(-305, Answer::Everything);
    let season = [(-30, goods::WOOL_TROUSERS), (-20, goods::SILK_BLOUSE), (-10, goods::KNIT_TOP)];
    for window in (0..4).rev() {
        for (day, product) in season {
            buys(&mut anne, Moment::on(day - 90 * window, 14, 20), Some(Store::MarketStreet), product);
        }
    }
    buys(&mut anne, Moment::on(50, 14, 20), Some(Store::MarketStreet), goods::PLAIN_TEE);

    let today = stroll(on_the_day(10, 20, 0), 11, &["women"]);
    walk(&mut anne.diary, &mut anne.dice, Visit { trace: Trace::Close, checks_in: true, ..today });
    // She taps the first of the three answers.
    let fit = Remark {
        arena: "chat",
        text: "Fit: nothing I bought lately does fit, it is too tight.",
        public: false,
        evidence: Evidence::None,
    };
    anne.diary.say(on_the_day(10, 44, 0), "app/ios", fit);
    anne
}

/// Buys maternity jeans and vitamins at 11:04. Nothing we ever send may show that anybody noticed.
pub(super) fn fay(seed: u64) -> Role {
    let mut fay = Role::new(seed, "fay", 6, Some(1993)).joins(3, Answer::Everything);
    let dress = Visit { basket: vec![some(1, goods::LINEN_DRESS)], ..stroll(on_the_day(17, 30, 0), 25, &["women"]) };
    fay.visits(&[18], &dress);
    buys(&mut fay, Moment::on(64, 20, 5), None, goods::PRENATAL_VITAMINS);

    let basket = vec![some(2, goods::MATERNITY_JEANS), some(1, goods::PRENATAL_VITAMINS)];
    let today = stroll(on_the_day(10, 40, 0), 25, &["women", "fitting"]);
    walk(&mut fay.diary, &mut fay.dice, Visit { trace: Trace::Close, basket, ..today });
    fay
}

/// Owns the kettle that is called back on the day; checks in, buys at noon, and orders again at 21:40.
pub(super) fn kit(seed: u64) -> Role {
    let mut kit = Role::new(seed, "kit", 12, Some(1981)).joins(1, Answer::Everything);
    buys(&mut kit, Moment::on(41, 19, 45), None, goods::COPPER_KETTLE);

    let basket = vec![some(1, goods::HAND_CREAM), some(1, goods::TEA_TOWELS)];
    let today = Visit { basket, ..stroll(on_the_day(12, 30, 0), 22, &["beauty", "service"]) };
    let noon = walk(&mut kit.diary, &mut kit.dice, Visit { trace: Trace::Close, checks_in: true, ..today });
    if let Some(receipt) = noon {
        kit.diary.answer(on_the_day(13, 10, 30), "email", receipt, "opened");
    }
    buys(&mut kit, on_the_day(21, 40, 0), None, goods::DAILY_ROAST);
    kit
}

/// Lives in Brooklyn; bought a handbag and a swimsuit of one collection online, last month. A partner told us of her flight, as she allowed. On
/// the day she is in Tampa.
pub(super) fn brooke(seed: u64) -> Role {
    let mut brooke = Role::new(seed, "brooke", 13, Some(1986)).joins(0, Answer::Everything);
    let partners = Consent { grants: vec![consents::third_party()], ..Consent::default() };
    brooke.diary.change_mind(Moment::on(1, 9, 0), "app/ios", partners);
    brooke.diary.flies(Moment::on(SATURDAY - 3, 18, 30), "Tampa");
    buys(&mut brooke, Moment::on(16, 20, 40), None, goods::LEATHER_TOTE);
    let sunset = vec![some(1, goods::SUNSET_HANDBAG), some(1, goods::SUNSET_SWIMSUIT)];
    brooke.diary.pay(Moment::on(59, 20, 15), None, sunset);

    let today = Visit { store: Store::Tampa, ..stroll(on_the_day(16, 35, 0), 29, &["shoes", "swim"]) };
    walk(&mut brooke.diary, &mut brooke.dice, Visit { trace: Trace::Close, ..today });
    brooke
}

/// Buys the dress at 15:40, and the bag that goes with it by herself at 22:10.
pub(super) fn lea(seed: u64) -> Role {
    let mut lea = Role::new(seed, "lea", 14, Some(1998)).joins(6, Answer::Everything);
    // She never allowed partners to tell us anything: this one is forgotten at once.
    lea.diary.flies(Moment::on(SATURDAY - 2, 12, 15), "Tampa");
    lea.visits(&[42, 77], &stroll(on_the_day(14, 0, 0), 32, &["fitting"]));

    let basket = vec![some(1, goods::LINEN_DRESS)];
    let today = Visit { basket, ..stroll(on_the_day(15, 11, 0), 30, &["women", "fitting"]) };
    walk(&mut lea.diary, &mut lea.dice, Visit { trace: Trace::Close, ..today });
    buys(&mut lea, on_the_day(22, 10, 0), None, goods::LEATHER_TOTE);
    lea
}

/// Was promised faster pickup for his positions, by the first of October, and got none: that consent rests. On the day he checks in, and is asked
/// once more.
pub(super) fn otto(seed: u64) -> Role {
    let mut otto = Role::new(seed, "otto", 16, Some(1979)).joins(2, Answer::Everything);
    let positions = Consent { grants: vec![consents::positions_until("2026-10-01")], ..Consent::default() };
    otto.diary.change_mind(Moment::on(2, 9, 31), "app/ios", positions);
    otto.diary.check_in(on_the_day(13, 5, 40), Store::MarketStreet);
    otto
}

fn buys(role: &mut Role, at: Moment, store: Option<Store>, product: Product) {
    role.diary.pay(at, store, vec![some(1, product)]);
}
