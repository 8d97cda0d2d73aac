//! What goes with what the customer bought: the place of a product in that list.

use tact_domain::Goods;

use crate::{Moment, Value};

/// The place of a product, from 1, among what goes with what was bought in the `days` days before now. Left out are what the customer has or gave
/// back and, where the moment is about a store, all of which no count of there that is at most `fresh_s` seconds old says that some are left. Unknown for a
/// product that is not in the list.
pub(crate) fn place(
    moment: &Moment<'_>,
    (goods, fresh_s): (&Goods, i64),
    (product, days): (&str, u8),
) -> Value<'static> {
    let facet = &moment.profile.purchase;
    let bought = facet.bought_since(moment.now.plus_s(-i64::from(days) * 86_400), moment.now);
    let bought: Vec<&str> = bought.map(tact_domain::Key::as_str).collect();
    let is_there = |with: &str| {
        moment.store.as_deref().is_none_or(|store| goods.in_stock(store, with, moment.now, fresh_s) > Some(0))
    };
    let list = goods.going_with(&bought, &|with| facet.knows(with) || !is_there(with));
    let place = (1_u32..).zip(list).find(|(_, (with, _))| *with == product);
    place.map_or(Value::Unknown, |(place, _)| Value::Number(f64::from(place)))
}
