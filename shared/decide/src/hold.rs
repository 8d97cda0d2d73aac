//! Holds: what keeps a way to do something from everybody, or from most, for a while. Others keep them, and name them among what is exhausted.

use tact_domain::{CustomerId, Key, Timestamp};

use crate::{Action, Candidate, Catalogue, Class, Decision, Fate, Known, Moment, Policy, Reason, Treatment};

/// Why a treatment is held back from everybody, or from most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A guardrail was crossed: nobody gets it.
    Suspended,
    /// It was, and a share of customers tries whether it may come back.
    OnTrial,
    /// Too few customers without the secret got it: nobody gets it who would only for the secret.
    Uncovered,
}

impl Hold {
    /// The name that stands for all that sells being suspended, when nobody can tell what is.
    pub const ALL_SUSPENDED: &str = "guard/*";

    /// What names of its kind begin with.
    fn heading(self) -> &'static str {
        match self {
            Self::Suspended => "guard",
            Self::OnTrial => "trial",
            Self::Uncovered => "cover",
        }
    }

    /// Its name for a treatment of an action: `guard/win_back/sms`.
    pub fn of(self, action: &str, treatment: &str) -> Key {
        Key::new(format!("{}/{action}/{treatment}", self.heading()))
    }

    /// Its name for a treatment of an action at one store alone: `cover/win_back/sms/market-street`.
    pub(crate) fn at(self, action: &str, treatment: &str, store: &str) -> Key {
        Key::new(format!("{}/{action}/{treatment}/{store}", self.heading()))
    }

    /// Whether a list names it for a treatment. Compared in parts: nearly every list is empty, and no name is put together in vain.
    fn is_among(self, names: &[Key], action: &Action, treatment: &Treatment) -> bool {
        self.rests(names, action, treatment).any(str::is_empty)
    }

    /// The same, for it everywhere or at one store alone.
    fn is_among_at(self, names: &[Key], action: &Action, treatment: &Treatment, store: Option<&str>) -> bool {
        let mut rests = self.rests(names, action, treatment);
        rests.any(|rest| rest.is_empty() || store.is_some_and(|store| rest.strip_prefix('/') == Some(store)))
    }

    /// What follows its name for a treatment, of the names that begin with that.
    fn rests<'a>(
        self,
        names: &'a [Key],
        action: &'a Action,
        treatment: &'a Treatment,
    ) -> impl Iterator<Item = &'a str> {
        let parts = [self.heading(), "/", action.name.as_str(), "/", treatment.name.as_str()];
        names.iter().filter_map(move |name| parts.iter().try_fold(name.as_str(), |rest, part| rest.strip_prefix(part)))
    }

    /// Whether the hold of a name stood in the way of a candidate of a decision. One that did not may be left out of its record.
    pub fn mattered(name: &Key, decision: &Decision, catalogue: &Catalogue) -> bool {
        let alone = std::slice::from_ref(name);
        let stood = |candidate: &Candidate| {
            let action = catalogue.actions.get(usize::from(candidate.action))?;
            let treatment = action.treatments.get(usize::from(candidate.treatment))?;
            let named = |hold: Self| hold.is_among(alone, action, treatment);
            Some(match candidate.fate {
                Fate::Refused(Reason::Guardrail) => {
                    name == Self::ALL_SUSPENDED || named(Self::Suspended) || named(Self::OnTrial)
                }
                Fate::Refused(Reason::NoCover) => {
                    Self::Uncovered.is_among_at(alone, action, treatment, decision.store.as_deref())
                }
                _ => false,
            })
        };
        decision.candidates.iter().any(|candidate| stood(candidate) == Some(true))
    }
}

/// Whether no guardrail holds a treatment back from a customer at an instant, of all that is held back. What is owed is never suspended, and a promise
/// is kept.
///
/// # Errors
/// `Reason::Guardrail` when one does.
pub fn unguarded(
    names: &[Key],
    policy: &Policy,
    (action, treatment): (&Action, &Treatment),
    (customer, now): (&CustomerId, Timestamp),
) -> Result<(), Reason> {
    if names.is_empty() || !is_guarded(action, treatment) {
        return Ok(());
    }
    let suspended =
        names.iter().any(|name| name == Hold::ALL_SUSPENDED) || Hold::Suspended.is_among(names, action, treatment);
    let left_out = || {
        Hold::OnTrial.is_among(names, action, treatment) && !policy.guardrail.tries(action, treatment, customer, now)
    };
    if suspended || left_out() { Err(Reason::Guardrail) } else { Ok(()) }
}

/// Whether guardrails watch a treatment: only what sells, and not the keeping of a promise.
pub fn is_guarded(action: &Action, treatment: &Treatment) -> bool {
    action.class == Class::Default && !treatment.fulfils
}

/// Whether a treatment is not one that only a secret brings, or enough others get it without. A promise gives away no more than the question did.
pub(crate) fn covered(
    moment: &Moment<'_>,
    known: &Known<'_>,
    action: &Action,
    treatment: &Treatment,
) -> Result<(), Reason> {
    let uncovered = Hold::Uncovered.is_among_at(moment.exhausted, action, treatment, moment.store.as_deref());
    let tells = uncovered && moment.promised(action).is_none() && known.needs_secret(action);
    if tells { Err(Reason::NoCover) } else { Ok(()) }
}
