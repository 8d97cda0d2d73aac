//! Made-up comments with their causes, in sentences of our own, until there are comments that somebody labelled.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pick;

/// What is said of each cause: what it is about, and what is wrong or right with it; any of the one goes with any of the other.
const SAID: [(&str, &[&str], &[&str]); 9] = [
    (
        "price",
        &[
            "the price",
            "the coat",
            "this bag",
            "your shoes",
            "shipping",
            "the ticket",
            "the new fee",
            "everything here",
            "the same thing elsewhere",
        ],
        &[
            "is too expensive",
            "costs twice as much",
            "is overpriced",
            "got so much dearer",
            "is cheaper at others",
            "is not worth the money",
            "cost me 80 dollars more",
            "was charged twice",
            "has no discount any more",
            "is more than i can afford",
            "is a rip off",
            "is a great price",
        ],
    ),
    (
        "fit",
        &[
            "the dress",
            "my size",
            "the jacket",
            "the sleeves",
            "these boots",
            "the waist",
            "the jeans",
            "the shirt",
            "the sizing",
        ],
        &[
            "is too tight",
            "runs small",
            "does not fit",
            "is too long",
            "is too big for me",
            "is all over the place",
            "is too loose",
            "never fits my shoulders",
            "is one size too small",
            "fits perfectly",
            "had to go back for a larger size",
        ],
    ),
    (
        "quality",
        &[
            "the handle",
            "the seam",
            "my bag",
            "the screen",
            "the seat",
            "the zip",
            "the material",
            "the pan",
            "the suitcase",
            "the food",
            "the sweater",
        ],
        &[
            "broke after a week",
            "fell apart",
            "is damaged",
            "stopped working",
            "is torn",
            "was dirty",
            "is faulty",
            "is flimsy",
            "shrank in the wash",
            "came off",
            "is scratched and worn out",
            "tasted awful",
            "was uncomfortable",
            "is well made",
            "leaks",
            "was old and broken",
        ],
    ),
    (
        "service",
        &[
            "your staff",
            "the cashier",
            "customer service",
            "the agent",
            "the woman on the phone",
            "the manager",
            "nobody at the desk",
            "your hotline",
            "the line at the counter",
            "the crew",
            "your call centre",
            "the assistant",
        ],
        &[
            "was rude",
            "hung up on me",
            "kept me on hold for an hour",
            "never answers the phone",
            "ignored my question",
            "did not help at all",
            "has not replied to my message",
            "was so unfriendly",
            "let us wait two hours",
            "does not call back",
            "gave me no answer",
            "was very helpful",
            "was kind to us",
            "does not respond to e-mails",
            "told me something else each time",
        ],
    ),
    (
        "delivery",
        &[
            "my parcel",
            "the order",
            "my package",
            "the courier",
            "the shipment",
            "our delivery",
            "my bag",
            "the driver",
            "my reservation",
            "the tracking",
        ],
        &[
            "is late",
            "never arrived",
            "is delayed again",
            "was cancelled without a word",
            "was lost on the way",
            "has not come for three days",
            "is still missing",
            "went to the wrong address",
            "is stuck somewhere",
            "arrived the next day",
            "comes two hours late",
            "was left in the rain",
            "was postponed to tomorrow",
            "sits at the depot",
        ],
    ),
    (
        "display",
        &[
            "the shelves",
            "the signs",
            "the new layout",
            "the shop window",
            "the aisle",
            "the display",
            "the labels",
            "the store map",
        ],
        &[
            "are confusing",
            "made no sense",
            "are a mess",
            "is cluttered",
            "hides where everything is",
            "could not be found",
            "is beautifully arranged",
            "moved and nobody finds anything",
        ],
    ),
    (
        "moved",
        &["we", "i", "my family", "my parents and i"],
        &[
            "moved to another town",
            "no longer live near a store",
            "moved away in may",
            "live too far away now",
            "relocated for work",
            "are moving to a new city",
            "have no store near the new flat",
        ],
    ),
    (
        "life_event",
        &[
            "since the baby",
            "after the wedding",
            "with my retirement",
            "after the divorce",
            "since i lost my job",
            "now that i have graduated",
            "being pregnant",
            "since the funeral",
        ],
        &[
            "i need other things",
            "everything is different",
            "we shop less",
            "i do not go out much",
            "i wear other clothes",
            "there is less time",
        ],
    ),
    (
        "other",
        &[
            "your app",
            "the website",
            "the newsletter",
            "my points",
            "my password",
            "the booking page",
            "well",
            "so",
            "this company",
            "the account",
        ],
        &[
            "does not load",
            "is what it is",
            "keeps logging me out",
            "will not let me change my details",
            "shows an error",
            "again",
            "lost my points",
            "needs an update",
            "is not for me",
            "hm",
            "wow",
            "thanks",
        ],
    ),
];
const BEFORE: [&str; 14] = [
    "",
    "",
    "",
    "",
    "hi, ",
    "honestly, ",
    "i am sorry but ",
    "so ",
    "really, ",
    "again: ",
    "hey, ",
    "two days ago i wrote that ",
    "worst ever, ",
    "thank you, ",
];
const AFTER: [&str; 14] = [
    "",
    "",
    "",
    "",
    "!",
    "!!",
    ".",
    ", why?",
    ", please do something",
    ", what now?",
    ", never again",
    ", i want a refund",
    " and i am disappointed",
    ", thanks",
];

/// Draws `count` comments with their causes, each cause as often; the same seed gives the same comments. One in four says a second thing, of another cause.
pub fn generate_comments(seed: u64, count: usize) -> Vec<(&'static str, String)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let causes = SAID.iter().cycle().take(count);
    causes.map(|(cause, about, wrong)| (*cause, comment(&mut rng, about, wrong))).collect()
}

fn comment(rng: &mut impl Rng, about: &[&str], wrong: &[&str]) -> String {
    let (before, after) = (pick(rng, &BEFORE, ""), pick(rng, &AFTER, ""));
    let mut said = format!("{before}{} {}", pick(rng, about, ""), pick(rng, wrong, ""));
    if super::chance(rng, 0.25) {
        let (_, other, how) = pick(rng, &SAID, ("", &[], &[]));
        said = format!("{said}, and {} {}", pick(rng, other, ""), pick(rng, how, ""));
    } else if super::chance(rng, 0.4) {
        said = format!("{said}, {} {}", pick(rng, about, ""), pick(rng, wrong, ""));
    }
    format!("{said}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_said_as_often_and_the_same_seed_says_the_same() {
        let comments = generate_comments(1, 900);
        assert_eq!(comments, generate_comments(1, 900));
        for (cause, ..) in SAID {
            assert_eq!(comments.iter().filter(|(own, _)| *own == cause).count(), 100, "{cause}");
        }
        assert!(comments.iter().all(|(_, text)| text.len() > 2 && !text.contains("  ")));
    }
}
