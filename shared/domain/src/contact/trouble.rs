//! Troubles: what makes every offer unwelcome until it is over. Whoever has one is served, and left alone otherwise.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What went wrong for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// They complained, and have not thanked us since.
    Complaint,
    /// They asked something, and nobody answered.
    Question,
    /// They brought something back.
    Return,
    /// What they ordered did not arrive.
    FailedDelivery,
    /// Somebody died.
    Bereavement,
}

impl Trouble {
    /// Every trouble, in the order used wherever they are listed.
    pub const ALL: [Self; 5] = [Self::Complaint, Self::Question, Self::Return, Self::FailedDelivery, Self::Bereavement];

    /// The name used in policies, records and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Question => "question",
            Self::Return => "return",
            Self::FailedDelivery => "failed_delivery",
            Self::Bereavement => "bereavement",
        }
    }
}

/// The open troubles of a customer, each with when it was last heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Troubles(Vec<(Trouble, Timestamp)>);

impl Troubles {
    /// Enters a trouble and answers whether that is news.
    pub fn enter(&mut self, trouble: Trouble, at: Timestamp) -> bool {
        match self.0.binary_search_by_key(&trouble, |(known, _)| *known) {
            Ok(place) => self.0.get_mut(place).is_some_and(|(_, since)| {
                let news = at > *since;
                *since = at.max(*since);
                news
            }),
            Err(place) => {
                self.0.insert(place, (trouble, at));
                true
            }
        }
    }

    /// Ends a trouble that was last heard of before an instant, and answers whether it was there.
    pub fn end(&mut self, trouble: Trouble, at: Timestamp) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, since)| *known != trouble || *since > at);
        self.0.len() < before
    }

    /// Since when a trouble is open; `None` when it is not.
    pub fn since(&self, trouble: Trouble) -> Option<Timestamp> {
        self.0.iter().find(|(known, _)| *known == trouble).map(|(_, since)| *since)
    }
}
