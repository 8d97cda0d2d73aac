//! What is noted of one customer while a file is played.

use serde_json::Value;
use tact_wire::Message;

use crate::observer::Observer;
use crate::output::OutputError;

/// Notes every decision about one customer, and every message to them.
#[derive(Debug)]
pub struct Watch {
    customer: String,
    records: Vec<Value>,
    messages: Vec<Message>,
}

impl Watch {
    /// Watches a customer.
    pub fn on(customer: &str) -> Self {
        Self { customer: customer.to_owned(), records: Vec::new(), messages: Vec::new() }
    }

    /// Whom.
    pub(super) fn customer(&self) -> &str {
        &self.customer
    }

    /// The bodies of the records of their decisions, in the order in which they were made.
    pub(super) fn records(&self) -> &[Value] {
        &self.records
    }

    /// The messages they got, in the order in which those left.
    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }
}

impl Observer for Watch {
    fn decided(&mut self, record: &str) -> Result<(), OutputError> {
        // Most records are about others: do not read them.
        if record.contains(&self.customer) {
            let body =
                serde_json::from_str(record).ok().and_then(|mut record: Value| Some(record.get_mut("body")?.take()));
            let theirs = |body: &Value| {
                body.pointer("/customer/event/subject").is_some_and(|who| *who == self.customer.as_str())
            };
            self.records.extend(body.filter(theirs));
        }
        Ok(())
    }

    fn left(&mut self, message: &Message) -> Result<(), OutputError> {
        if message.customer.as_str() == self.customer {
            self.messages.push(message.clone());
        }
        Ok(())
    }
}
