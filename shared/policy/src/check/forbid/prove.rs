//! Whether a treatment is refused to everybody a path is about: by a gate that needs the missing consent, for want of a trigger, or because what
//! must hold contradicts itself once what may not be looked at is unknown.

use tact_decide::{Action, Catalogue, Class, Criterion, Issue, Needs, Rule, Slot, Test, Treatment};
use tact_domain::{Channel, Purpose, Trigger};

use super::gates::refusal;
use super::path::Path;
use crate::check::scenario::on_one_line;
use crate::solve::{Answer, Domains, ExampleValue, satisfiable};

/// What was found about a treatment.
pub(super) enum Found<'a> {
    /// It is always refused, and why.
    Refused(String),
    /// Nothing refuses it here.
    Open(Vec<Opening<'a>>),
    /// There are too many alternatives to tell.
    Unclear,
}

/// A treatment that nothing refuses when slots hold some values.
pub(super) struct Opening<'a> {
    pub(super) action: &'a Action,
    pub(super) treatment: &'a Treatment,
    pub(super) trigger: Trigger,
    pub(super) values: Vec<(Slot, ExampleValue)>,
}

/// What proofs about a path need.
pub(super) struct Proof<'a> {
    path: &'a Path,
    catalogue: &'a Catalogue,
    domains: Domains,
    /// The slots of the catalogue, then those that only the path looks at.
    slots: Vec<Slot>,
    /// What the path says of the moment.
    when: Vec<Rule>,
}

/// A rule that must hold, and who says so.
struct Must {
    rule: Rule,
    words: String,
}

impl<'a> Proof<'a> {
    /// Brings the path's own rules and those of the catalogue to one list of slots.
    pub(super) fn new(path: &'a Path, catalogue: &'a Catalogue) -> Self {
        let mut slots = catalogue.slots.clone();
        let places: Vec<u16> = path.slots.iter().map(|slot| place(slot, &mut slots)).collect();
        for slot in [Slot::InTrouble, Slot::Mission] {
            place(&slot, &mut slots);
        }
        let when = path.when.iter().map(|rule| moved(rule, &places)).collect();
        Self { path, catalogue, domains: Domains::of(catalogue), slots, when }
    }

    /// What is found about a treatment.
    pub(super) fn of(&self, action: &'a Action, treatment: &'a Treatment) -> Found<'a> {
        let policy = &self.catalogue.policy;
        let gate = |purpose: &Purpose| Some((*purpose, refusal(*purpose, action, treatment, policy)?));
        if let Some((purpose, reason)) = self.path.without.iter().find_map(gate) {
            let name = super::path::name(purpose);
            return Found::Refused(format!("without consent to `{name}` it is always refused: {}", reason.name()));
        }
        if let Some(gate) = self.path.about.gate(self.catalogue, action, treatment) {
            return Found::Refused(gate);
        }
        let triggers = self.triggers(action, treatment);
        if triggers.is_empty() {
            let unlocated = self.path.without.contains(&Purpose::Location);
            let nothing = if unlocated {
                "positions are not looked at without consent to `location`"
            } else {
                self.uncalled(treatment)
            };
            return Found::Refused(nothing.to_owned());
        }
        let musts = self.musts(action, treatment);
        let (mut open, mut unclear) = (Vec::new(), false);
        for trigger in &triggers {
            let rules: Vec<&Rule> = musts.iter().map(|must| &must.rule).collect();
            match satisfiable(&rules, &self.slots, &self.domains.on(*trigger)) {
                Answer::Never => {}
                Answer::Undecided => unclear = true,
                Answer::Example(values) => {
                    open.push(Opening { action, treatment, trigger: *trigger, values: self.named(values) });
                }
            }
        }
        match (open.is_empty(), unclear) {
            (false, _) => Found::Open(open),
            (true, true) => Found::Unclear,
            (true, false) => Found::Refused(self.contradiction(&musts, &triggers)),
        }
    }

    /// Why nothing can lead to it here.
    fn uncalled(&self, treatment: &Treatment) -> &'static str {
        if walks_up(treatment) && self.path.trigger.is_none_or(|trigger| trigger == Trigger::Comment) {
            "nobody walks up to the author of a comment: in_person"
        } else {
            "positions are not looked at without consent to `location`"
        }
    }

    /// What can lead to it: what keeps a promise is only ever due, without consent no position triggers anything, and a comment brings nobody
    /// who knows its author.
    fn triggers(&self, action: &Action, treatment: &Treatment) -> Vec<Trigger> {
        let positions = [Trigger::Entry, Trigger::Dwell, Trigger::Exit];
        let unlocated = self.path.without.contains(&Purpose::Location);
        let of_action = if treatment.fulfils { vec![Trigger::Due] } else { self.catalogue.callers(action) };
        let asked = |trigger: &&Trigger| self.path.trigger.is_none_or(|asked| asked == **trigger);
        let seen = |trigger: &&Trigger| !(unlocated && positions.contains(trigger));
        let afar = |trigger: &&Trigger| **trigger != Trigger::Comment || !walks_up(treatment);
        // Whoever looks at a place sees what stands there, and nothing else.
        let placed = |trigger: &Trigger| *trigger != Trigger::Open || treatment.placement.is_some();
        let begins = |trigger: &Trigger| self.path.about.begins_with(self.catalogue, action, *trigger);
        let calls = |trigger: &Trigger| {
            asked(&trigger) && seen(&trigger) && afar(&trigger) && placed(trigger) && begins(trigger)
        };
        of_action.into_iter().filter(calls).collect()
    }

    /// Everything that must hold for it to be said where the path forbids it.
    fn musts(&self, action: &Action, treatment: &Treatment) -> Vec<Must> {
        let known = |rule: &Rule| self.known(rule, action.class, true);
        let mut musts: Vec<Must> =
            self.when.iter().map(|rule| Must { rule: known(rule), words: "what `when` says".to_owned() }).collect();
        // What keeps a promise was asked all of this when it was made.
        if treatment.fulfils {
            return musts;
        }
        if !matches!(action.issue, Issue::Safety | Issue::Service) {
            let none = Test::Range { min: Some(0.0), max: Some(0.0) };
            musts.extend(self.is(&Slot::InTrouble, none, "customers in trouble are refused by their gate"));
        }
        let conditions = action.conditions.iter();
        musts.extend(conditions.map(|c| Must { rule: known(&c.rule), words: format!("`{}`", on_one_line(&c.text)) }));
        musts
    }

    fn is(&self, slot: &Slot, test: Test, words: &str) -> Option<Must> {
        let place = self.slots.iter().position(|known| known == slot)?;
        let slot = u16::try_from(place).ok()?;
        Some(Must { rule: Rule::Is(Criterion { slot, test }), words: words.to_owned() })
    }

    /// The rule that holds exactly when a rule is true although some slots are unknown: what is compared with the unknown is never true, nor is its
    /// contrary.
    fn known(&self, rule: &Rule, class: Class, wanted: bool) -> Rule {
        let each = |rules: &[Rule]| rules.iter().map(|rule| self.known(rule, class, wanted)).collect();
        match (rule, wanted) {
            (Rule::Is(criterion), _) if self.is_hidden(criterion.slot, class) => Rule::Any(Vec::new()),
            (Rule::Is(_), true) => rule.clone(),
            (Rule::Is(_), false) => Rule::Not(Box::new(rule.clone())),
            (Rule::Not(rule), _) => self.known(rule, class, !wanted),
            (Rule::All(rules), true) | (Rule::Any(rules), false) => Rule::All(each(rules)),
            (Rule::Any(rules), true) | (Rule::All(rules), false) => Rule::Any(each(rules)),
        }
    }

    /// Whether the missing consent hides what a slot holds from an action of a class.
    fn is_hidden(&self, place: u16, class: Class) -> bool {
        let without = |purpose| self.path.without.contains(&purpose);
        match self.slots.get(usize::from(place)).map(Slot::needs) {
            Some(Needs::Profiling) => class == Class::Default && without(Purpose::Profiling),
            Some(Needs::Location) => without(Purpose::Location),
            Some(Needs::ThirdParty) => without(Purpose::ThirdParty),
            Some(Needs::Social) => without(Purpose::Social) || without(Purpose::ThirdParty),
            Some(Needs::Sensitive(_)) => without(Purpose::Sensitive),
            Some(Needs::Nothing) | None => false,
        }
    }

    /// The fewest rules that already contradict each other, in words.
    fn contradiction(&self, musts: &[Must], triggers: &[Trigger]) -> String {
        let never = |rules: &[&Rule]| {
            let on = |trigger: &Trigger| satisfiable(rules, &self.slots, &self.domains.on(*trigger));
            triggers.iter().all(|trigger| on(trigger) == Answer::Never)
        };
        if let Some(alone) = musts.iter().find(|must| never(&[&must.rule])) {
            return format!("it never holds here: {}", alone.words);
        }
        for (n, first) in musts.iter().enumerate() {
            if let Some(second) = musts.iter().skip(n + 1).find(|second| never(&[&first.rule, &second.rule])) {
                return format!("these never hold together: {}, {}", first.words, second.words);
            }
        }
        let words: Vec<&str> = musts.iter().map(|must| must.words.as_str()).collect();
        format!("these never hold together: {}", words.join(", "))
    }

    fn named(&self, values: Vec<(u16, ExampleValue)>) -> Vec<(Slot, ExampleValue)> {
        let named = |(place, value)| Some((self.slots.get(usize::from(place))?.clone(), value));
        values.into_iter().filter_map(named).collect()
    }
}

/// Whether it has a person know whom they approach.
fn walks_up(treatment: &Treatment) -> bool {
    treatment.identifies && treatment.channel == Channel::Associate
}

/// The place of a slot in a list, at whose end it is put when it is not there.
fn place(slot: &Slot, slots: &mut Vec<Slot>) -> u16 {
    let place = slots.iter().position(|known| known == slot).unwrap_or_else(|| {
        slots.push(slot.clone());
        slots.len() - 1
    });
    u16::try_from(place).unwrap_or(u16::MAX)
}

/// A rule whose slots got other places.
fn moved(rule: &Rule, places: &[u16]) -> Rule {
    let each = |rules: &[Rule]| rules.iter().map(|rule| moved(rule, places)).collect();
    match rule {
        Rule::Is(Criterion { slot, test }) => {
            let slot = places.get(usize::from(*slot)).copied().unwrap_or(u16::MAX);
            Rule::Is(Criterion { slot, test: test.clone() })
        }
        Rule::All(rules) => Rule::All(each(rules)),
        Rule::Any(rules) => Rule::Any(each(rules)),
        Rule::Not(rule) => Rule::Not(Box::new(moved(rule, places))),
    }
}
