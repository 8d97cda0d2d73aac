//! The providers: one way out for each channel.

use tact_domain::Channel;
use tact_pipeline::{Channels, Clock, Handover, Refusal};
use tact_wire::Message;

use crate::connection::http_client;
use crate::email::Email;
use crate::push::Push;
use crate::settings::{Settings, SettingsError};
use crate::sms::Sms;
use crate::webhook::Webhook;

/// The providers of a deployment. A function has them once, for as long as it lives.
#[derive(Debug)]
pub struct Providers<C> {
    clock: C,
    sms: Sms,
    email: Email,
    push: Push,
    webhook: Option<Webhook>,
}

impl<C> Providers<C> {
    /// The providers of these settings. Nothing is sent, nor a connection made, until there is a message.
    ///
    /// # Errors
    /// When what goes to the webhook could be read on the way.
    pub fn new(settings: &Settings, clock: C) -> Result<Self, SettingsError> {
        let http = http_client();
        Ok(Self {
            clock,
            sms: Sms::new(settings, http.clone()),
            email: Email::new(settings, http.clone()),
            push: Push::new(settings, http),
            webhook: Webhook::new(settings)?,
        })
    }
}

impl<C: Clock> Channels for Providers<C> {
    async fn send(&self, message: &Message) -> Handover {
        // Boxed: a call in progress takes tens of kilobytes, and many are in progress at once.
        match (message.channel, &self.webhook) {
            (Channel::Sms, _) => Box::pin(self.sms.send(message, &self.clock)).await,
            (Channel::Email, _) => Box::pin(self.email.send(message, &self.clock)).await,
            (Channel::Push, _) => Box::pin(self.push.send(message, &self.clock)).await,
            (Channel::Webhook | Channel::Associate, Some(webhook)) => {
                Box::pin(webhook.send(message, &self.clock)).await
            }
            // A card is an item of the table and has no provider.
            (Channel::Inbox | Channel::Webhook | Channel::Associate, _) => Handover::Refused(Refusal::Rejected),
        }
    }
}
