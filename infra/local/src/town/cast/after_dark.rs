//! Hana and Ivo: what happens when nobody should be disturbed.

use super::super::calendar::{Moment, SUNDAY, Zone};
use super::super::consents::{self, Answer};
use super::super::diary::some;
use super::super::goods;
use super::{Role, on_the_day};

/// Her coffee runs out every 29 days. She orders something else at 21:50, and at 22:20 asks us to stop texting.
pub(super) fn hana(seed: u64) -> Role {
    let mut hana = Role::new(seed, "hana", 8, Some(1991)).joins(1, Answer::Everything);
    for day in [3, 32, 61] {
        hana.diary.pay(Moment::on(day, 20, 30), None, vec![some(2, goods::DAILY_ROAST)]);
    }
    hana.diary.pay(on_the_day(21, 50, 0), None, vec![some(1, goods::TEA_TOWELS)]);
    hana.diary.change_mind(on_the_day(22, 20, 0), "sms", consents::stop_texting("pls stop texting me"));
    hana
}

/// Lives in Denver. His coffee runs out as well; at 22:40 his time, 00:40 in New York, he orders filter papers.
pub(super) fn ivo(seed: u64) -> Role {
    let mut ivo = Role::new(seed, "ivo", 9, Some(1979));
    ivo.diary.person.zone = Zone::Denver;
    ivo.diary.person.number = String::from("+13035550109");
    let mut ivo = ivo.joins(2, Answer::Everything);
    for day in [4, 33, 62] {
        ivo.diary.pay(Moment::on(day, 21, 15), None, vec![some(2, goods::DAILY_ROAST)]);
    }
    ivo.diary.pay(Moment::on(SUNDAY, 0, 40), None, vec![some(1, goods::FILTER_PAPERS)]);
    ivo
}
