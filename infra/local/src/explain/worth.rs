//! What something is worth, term by term, in words and money.

use tact_decide::Terms;

/// What it may bring, what it may cost, and what is left beside saying nothing.
pub(super) fn told(terms: &Terms, money: &dyn Fn(f64) -> String) -> Vec<String> {
    let left = if terms.score > 0.0 { "more than the" } else { "no more than the" };
    let left = format!("all in all {}, {left} {} of saying nothing", money(terms.score), money(0.0));
    [brings(terms, money), Some(costs(terms, money)), Some(left)].into_iter().flatten().collect()
}

/// The gain, and the good it does; `None` when neither is weighed.
fn brings(terms: &Terms, money: &dyn Fn(f64) -> String) -> Option<String> {
    let weight = terms.lever * terms.context;
    let gain = weight * (terms.positive - terms.positive_if_silent) * terms.margin;
    let counted = if (weight - 1.0).abs() > 1e-9 { format!(", counted {weight} times here") } else { String::new() };
    let gain = (terms.margin != 0.0).then(|| {
        let (told, anyway) = (percent(terms.positive), percent(terms.positive_if_silent));
        let (sum, each) = (money(gain), money(terms.margin));
        format!("{sum} for us: {told} say yes when told, {anyway} do it anyway, and each is worth {each}{counted}")
    });
    let good = terms.benefit_weight * terms.liked * terms.benefit;
    let good = (good != 0.0).then(|| {
        let (sum, liked, each) = (money(good), percent(terms.liked), money(terms.benefit));
        format!(
            "{sum} for the customer's own good: {liked} like it, it is worth {each} to them, and counts {}",
            terms.benefit_weight
        )
    });
    let parts: Vec<_> = gain.into_iter().chain(good).collect();
    (!parts.is_empty()).then(|| format!("it may bring {}", parts.join("; and ")))
}

fn costs(terms: &Terms, money: &dyn Fn(f64) -> String) -> String {
    let all = [
        ("what it gives away", terms.redeem * terms.incentive),
        ("annoying those who mind", terms.harmful * terms.harm),
        ("sending it", terms.cost),
        ("a contact less for something better", terms.bid),
    ];
    let parts: Vec<_> = all
        .iter()
        .filter(|(_, cost)| *cost != 0.0)
        .map(|(what, cost)| format!("{} for {what}", money(*cost)))
        .collect();
    match parts.as_slice() {
        [] => "it costs nothing".to_owned(),
        parts => format!("it may cost {}", parts.join(", ")),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use tact_decide::Rung;

    use super::*;

    #[test]
    fn a_coupon_for_what_would_be_bought_anyway_is_told_to_lose() {
        let mut terms = Terms {
            lever: 1.0,
            context: 1.0,
            positive: 0.22,
            base: 0.22,
            positive_if_silent: 0.18,
            margin: 2_400.0,
            benefit_weight: 0.0,
            liked: 0.0,
            benefit: 0.0,
            redeem: 0.22,
            incentive: 600.0,
            harmful: 0.0,
            harm: 300.0,
            cost: 0.0,
            bid: 0.0,
            rung: Rung::FullModel,
            score: 0.0,
        };
        terms.score = terms.sum();
        let told = told(&terms, &|minor| format!("{:.2}", minor / 100.0));
        assert_eq!(
            told,
            [
                "it may bring 0.96 for us: 22.0 % say yes when told, 18.0 % do it anyway, and each is worth 24.00",
                "it may cost 1.32 for what it gives away",
                "all in all -0.36, no more than the 0.00 of saying nothing",
            ]
        );
    }
}
