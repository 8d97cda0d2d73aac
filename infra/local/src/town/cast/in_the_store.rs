//! Ana, Ben, Carla, Dev, Ella, Gus and Jo: what happens between the door and the checkout.

use super::super::consents::{self, Answer};
use super::super::diary::some;
use super::super::goods;
use super::super::places::Store;
use super::super::record::{Evidence, Remark};
use super::super::visits::{Trace, Visit, walk};
use super::{Role, on_the_day, stroll};

/// Comes in at 08:10 to buy her coffee, as on every working day: nobody holds her up at the door. Pays at 08:15.
pub(super) fn ana(seed: u64) -> Role {
    let mut ana = Role::new(seed, "ana", 1, Some(1990)).joins(1, Answer::Everything);
    let coffee = vec![some(1, goods::DAILY_ROAST)];
    let errand = Visit { basket: coffee.clone(), ..stroll(on_the_day(8, 10, 0), 5, &["checkout"]) };
    ana.visits(&[5, 16, 26, 37, 47, 58, 68, 79, 87], &errand);

    let store = Store::MarketStreet;
    ana.outside(on_the_day(8, 7, 0), store);
    ana.inside(on_the_day(8, 10, 0), store);
    ana.diary.beacon(on_the_day(8, 10, 20), store, "door");
    ana.diary.beacon(on_the_day(8, 13, 30), store, "checkout");
    let receipt = ana.diary.pay(on_the_day(8, 15, 0), Some(store), coffee);
    ana.diary.answer(on_the_day(8, 15, 40), "app/ios", receipt, "accepted");
    ana.outside(on_the_day(8, 18, 30), store);
    ana
}

/// Spends 22 minutes among the shoes, from 14:04 to 14:26, asks for help with a size, and leaves with nothing.
pub(super) fn ben(seed: u64) -> Role {
    let mut ben = Role::new(seed, "ben", 2, Some(1984)).joins(2, Answer::Everything);
    ben.visits(&[20, 48, 69, 83], &stroll(on_the_day(13, 20, 0), 35, &["shoes"]));
    let bought = Visit { basket: vec![some(1, goods::CANVAS_SNEAKER)], ..stroll(on_the_day(15, 5, 0), 30, &["shoes"]) };
    ben.visits(&[27], &bought);

    let store = Store::MarketStreet;
    ben.outside(on_the_day(13, 58, 0), store);
    for (minute, second) in [(2, 0), (9, 10), (16, 5), (23, 15)] {
        ben.inside(on_the_day(14, minute, second), store);
    }
    ben.diary.beacon(on_the_day(14, 2, 20), store, "door");
    for (minute, second) in [(4, 0), (7, 30), (11, 0), (14, 30), (18, 0), (21, 30), (25, 30)] {
        ben.diary.beacon(on_the_day(14, minute, second), store, "shoes");
    }
    ben.diary.ask_for_help(on_the_day(14, 12, 30), store, (goods::CANVAS_SNEAKER, "42", "shoes"));
    ben.diary.beacon(on_the_day(14, 26, 0), store, "door");
    ben.outside(on_the_day(14, 30, 0), store);
    ben
}

/// Checks in for the tenth time since the beginning of October; the app, unsure of its network, delivers it thrice.
pub(super) fn carla(seed: u64) -> Role {
    let mut carla = Role::new(seed, "carla", 3, Some(1977)).joins(1, Answer::AppOnly);
    let lunch = Visit { trace: Trace::Unseen, checks_in: true, ..stroll(on_the_day(12, 14, 0), 12, &["beauty"]) };
    let bought = Visit { basket: vec![some(1, goods::HAND_CREAM)], ..lunch.clone() };
    for day in [62, 65, 68, 71, 74, 77, 80, 83, 87] {
        carla.visits(&[day], if matches!(day, 71 | 80) { &bought } else { &lunch });
    }

    let tenth = carla.diary.check_in(on_the_day(12, 30, 0), Store::MarketStreet);
    let delivered = carla.diary.entries.last().cloned();
    carla.diary.entries.extend(delivered.clone());
    carla.diary.entries.extend(delivered);
    carla.diary.answer(on_the_day(12, 34, 10), "app/ios", tenth, "thanked");
    carla
}

/// Asked to be greeted by name, and is the only one who did. Comes in at 13:20.
pub(super) fn dev(seed: u64) -> Role {
    let mut dev = Role::new(seed, "dev", 4, Some(1969));
    if let Some(mut form) = Answer::Everything.form() {
        form.grants.push(consents::staff_recognition());
        dev.diary.join(super::Moment::on(3, 11, 0), form, true);
    }
    let usual = Visit { basket: vec![some(2, goods::TEA_TOWELS)], ..stroll(on_the_day(16, 40, 0), 14, &["service"]) };
    dev.visits(&[12, 40, 66], &usual);

    let today = stroll(on_the_day(13, 20, 0), 16, &["service", "women"]);
    let basket = vec![some(1, goods::SUEDE_LOAFER)];
    walk(&mut dev.diary, &mut dev.dice, Visit { trace: Trace::Close, checks_in: true, basket, ..today });
    dev
}

/// Looks around from 15:10 on, and posts what she thinks of the display from the Wi-Fi of the store; lets us make it good.
pub(super) fn ella(seed: u64) -> Role {
    let mut ella = Role::new(seed, "ella", 5, Some(1995)).joins(4, Answer::Everything);
    ella.visits(&[34, 62], &stroll(on_the_day(12, 45, 0), 26, &["beauty"]));
    let today = stroll(on_the_day(15, 10, 0), 28, &["beauty", "service"]);
    walk(&mut ella.diary, &mut ella.dice, Visit { trace: Trace::Close, ..today });
    let evidence = Evidence::Wifi { store: Store::MarketStreet.id(), at: "2026-10-31T15:30:00-04:00".to_owned() };
    let text = "The new display at Harbor & Co is so confusing, I walked in circles";
    let said = Remark { arena: "social", text, public: true, evidence };
    let post = ella.diary.say(on_the_day(15, 41, 0), "social/feed", said);
    ella.diary.answer(on_the_day(15, 58, 0), "app/ios", post, "accepted");
    ella
}

/// Is fifteen: he ticked every box, and is spared all the same.
pub(super) fn gus(seed: u64) -> Role {
    let mut gus = Role::new(seed, "gus", 7, Some(2011)).joins(5, Answer::Everything);
    let tee = vec![some(1, goods::GRAPHIC_TEE)];
    gus.visits(&[21, 56], &Visit { basket: tee.clone(), ..stroll(on_the_day(16, 0, 0), 15, &["shoes"]) });
    let today = stroll(on_the_day(15, 30, 0), 24, &["shoes", "women"]);
    walk(&mut gus.diary, &mut gus.dice, Visit { trace: Trace::Close, checks_in: true, basket: tee, ..today });
    gus
}

/// Is at the clinic at 08:50, which is nobody's business, and shops at Riverside, beside it, at 09:31: only what the till says may be used.
pub(super) fn jo(seed: u64) -> Role {
    let mut jo = Role::new(seed, "jo", 10, Some(1988)).joins(2, Answer::Everything);
    let basket = vec![some(1, goods::DAILY_ROAST), some(1, goods::FILTER_PAPERS)];
    let today = Visit { store: Store::Riverside, basket, ..stroll(on_the_day(9, 31, 0), 13, &["coffee"]) };
    jo.visits(&[14, 33, 52, 73], &Visit { trace: Trace::Unseen, ..today.clone() });
    jo.diary.see_a_doctor(on_the_day(8, 50, 0));
    walk(&mut jo.diary, &mut jo.dice, Visit { trace: Trace::Close, ..today });
    jo
}
