//! A treatment: one way to do an action, by which channel, in which words, and what its words give away.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, CouponTerms, Key, Outcome, ProfileType};

use crate::Tactic;

/// One way to do an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the file of the action")]
pub struct Treatment {
    /// Its name, unique in the action.
    pub name: Key,
    /// The channel it uses.
    pub channel: Channel,
    /// Who takes the step.
    pub mode: Mode,
    /// What it gives away, in minor units.
    pub incentive: f64,
    /// What sending it costs, in minor units.
    pub cost: f64,
    /// The probability of a positive outcome by group, used when no model may or can be.
    pub group_prior: f64,
    /// The same by type of customer, for people of whom no more is known; the group's for types that are not listed.
    pub by_type: Vec<(ProfileType, f64)>,
    /// The probability that the customer likes being told.
    pub liked: f64,
    /// How many messages of it were counted, and how many of those did harm: what overrules the prior that its discretion gives.
    pub told: u32,
    /// See `told`.
    pub harmed: u32,
    /// What it is like, as far as that does not depend on the moment.
    pub tactic: Tactic,
    /// Whether it names or points out the person, in front of others.
    pub identifies: bool,
    /// Whether everybody can read it: it may then say nothing of the customer, and hand out nothing.
    pub public: bool,
    /// Whether it makes up for harm done, as far as that is worth it.
    pub amends: bool,
    /// The benefit that was promised for a consent and is delivered with this, if one is.
    pub delivers: Option<Key>,
    /// How long after the decision it is still worth sending, in seconds.
    pub valid_s: i64,
    /// How long after it left an answer still counts, in seconds; silence until then is none.
    pub window_s: i64,
    /// Where it is shown, for a card that waits to be found at a place of its own.
    pub placement: Option<Key>,
    /// Which group of customers gets this way to do it, when ways are tried against each other: the end of its share of the circle.
    pub arm: Option<Arm>,
    /// The treatment of the same action that keeps the promise when the customer says yes to this one.
    pub promises: Option<Key>,
    /// Whether it only keeps such a promise.
    pub fulfils: bool,
    /// What counts as what.
    pub measure: Measure,
    /// What its words let others know that we know, declared by its author.
    pub discloses: Vec<Provenance>,
    /// The product it is about, if it is about one.
    pub product: Option<Key>,
    /// The terms of the coupon it hands out, worth its incentive, if it hands one out.
    pub coupon: Option<CouponTerms>,
    /// The subject, for an e-mail.
    pub subject: Option<String>,
    /// The text, with `{{ variable }}`s.
    pub text: String,
    /// The same in other languages.
    pub translations: Vec<Translation>,
}

impl Treatment {
    /// A treatment that says nothing, costs nothing and is worth nothing: what it is about is set on top of it.
    pub fn new(name: impl Into<Key>, channel: Channel, mode: Mode) -> Self {
        Self {
            name: name.into(),
            channel,
            mode,
            incentive: 0.0,
            cost: 0.0,
            group_prior: 0.0,
            by_type: Vec::new(),
            liked: 0.0,
            told: 0,
            harmed: 0,
            tactic: Tactic::default(),
            identifies: false,
            public: false,
            amends: false,
            delivers: None,
            valid_s: 0,
            window_s: 0,
            placement: None,
            arm: None,
            promises: None,
            fulfils: false,
            measure: Measure::default(),
            discloses: Vec::new(),
            product: None,
            coupon: None,
            subject: None,
            text: String::new(),
            translations: Vec::new(),
        }
    }

    /// The placement of what is shown on a screen in a store.
    pub const SCREEN: &str = "screen";

    /// Whether it is for a screen in a store: for everybody who passes, and never for one person.
    pub fn is_for_screen(&self) -> bool {
        self.placement.as_deref() == Some(Self::SCREEN)
    }

    /// The probability of a positive outcome for a type of customer; that of the group for `None`.
    pub fn prior(&self, kind: Option<ProfileType>) -> f64 {
        let of_type = self.by_type.iter().find(|(known, _)| Some(*known) == kind);
        of_type.map_or(self.group_prior, |(_, prior)| *prior)
    }

    /// The subject and the text for readers of a language: that of exactly this locale, else of its language, else the treatment's own.
    pub fn words(&self, locale: Option<&str>) -> (Option<&str>, &str) {
        match self.translation(locale) {
            Some(words) => (words.subject.as_deref(), &words.text),
            None => (self.subject.as_deref(), &self.text),
        }
    }

    /// The language of those words, `de`; `-` for the treatment's own.
    pub fn language(&self, locale: Option<&str>) -> &str {
        self.translation(locale).map_or("-", |words| &words.locale)
    }

    /// Whether those words differ by store: whether they name it, or where something stands in it.
    pub fn names_store(&self, locale: Option<&str>) -> bool {
        let (subject, text) = self.words(locale);
        let named = [text].into_iter().chain(subject).flat_map(|words| words.split("{{").skip(1));
        named.filter_map(|rest| rest.split("}}").next()).any(|variable| matches!(variable.trim(), "store" | "area"))
    }

    fn translation(&self, locale: Option<&str>) -> Option<&Translation> {
        fn language(locale: &str) -> &str {
            locale.split('-').next().unwrap_or_default()
        }
        let exact = |wanted: &str| self.translations.iter().find(|words| words.locale.eq_ignore_ascii_case(wanted));
        let near =
            |wanted: &str| self.translations.iter().find(|words| words.locale.eq_ignore_ascii_case(language(wanted)));
        locale.and_then(|locale| exact(locale).or_else(|| near(locale)))
    }
}

/// The words of a treatment in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// The language, `de`, or a locale, `de-AT`.
    pub locale: Key,
    /// The subject, for an e-mail.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
}

/// One of several ways that are tried against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub name: Key,
    /// Where its share of customers begins, from 0,
    pub from: f64,
    /// and where it ends, to 1.
    pub to: f64,
}

/// What counts as what when a treatment is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// The outcomes wanted.
    pub positive: Vec<Outcome>,
    /// The outcomes that say no.
    pub negative: Vec<Outcome>,
    /// The outcomes that do harm.
    pub harm: Vec<Outcome>,
    /// Of which messages they are a share.
    pub of: Denominator,
}

impl Measure {
    /// Whether a message of which `has` answers what became of it is one of those that rates are a share of; never one that bounced.
    pub fn counts(&self, has: &dyn Fn(Outcome) -> bool) -> bool {
        let was_seen = || {
            Outcome::ALL
                .into_iter()
                .any(|outcome| (outcome.is_sight() || self.positive.contains(&outcome)) && has(outcome))
        };
        !has(Outcome::Bounced)
            && match self.of {
                Denominator::Sent => true,
                Denominator::Delivered => has(Outcome::Delivered) || was_seen(),
                Denominator::Shown => was_seen(),
            }
    }
}

/// Which messages rates are a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// Those that left.
    #[default]
    Sent,
    /// Those that arrived.
    Delivered,
    /// Those that were on a screen.
    Shown,
}

/// Who takes the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The customer comes and finds it.
    Pull,
    /// We ask, the customer decides.
    Prompt,
    /// We tell.
    Push,
}

/// Where something we know of a customer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// It is about us.
    Ours,
    /// The customer told us.
    Told,
    /// The customer bought it from us.
    Bought,
    /// We saw it: where they went, how long they stayed.
    Observed,
    /// We concluded it.
    Inferred,
    /// Somebody else told us.
    ThirdParty,
    /// It is about somebody else.
    OtherPerson,
}

impl Provenance {
    /// Every provenance with the name used in catalogues.
    pub const ALL: [(&str, Self); 7] = [
        ("ours", Self::Ours),
        ("told", Self::Told),
        ("bought", Self::Bought),
        ("observed", Self::Observed),
        ("inferred", Self::Inferred),
        ("third_party", Self::ThirdParty),
        ("other_person", Self::OtherPerson),
    ];

    /// The name used in catalogues.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}
