//! What left, for people to read: one file a message, as its recipient would hold it, in the order of their clocks.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use tact_decide::{Brand, Catalogue};
use tact_domain::{Channel, Role};
use tact_wire::{Message, mime, segments};

use crate::observer::Observer;
use crate::output::OutputError;
use crate::zones::{Zones, local};

/// A directory of messages.
#[derive(Debug)]
pub struct Outbox<'a> {
    directory: PathBuf,
    catalogue: &'a Catalogue,
    zones: Zones,
    /// The names given in this run.
    names: BTreeSet<String>,
}

impl<'a> Outbox<'a> {
    /// Opens an outbox in a directory, which is made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made; the message names it.
    pub fn open(directory: &Path, catalogue: &'a Catalogue, zones: Zones) -> Result<Self, OutputError> {
        let failed = |problem| OutputError { path: directory.to_owned(), problem };
        std::fs::create_dir_all(directory).map_err(failed)?;
        Ok(Self { directory: directory.to_owned(), catalogue, zones, names: BTreeSet::new() })
    }

    /// A name that sorts by the recipient's clock and was not given before; two messages of one second differ in a number.
    fn name(&mut self, message: &Message, clock: &jiff::Zoned) -> String {
        let extension = match message.channel {
            Channel::Email => "eml",
            Channel::Inbox => "card.txt",
            Channel::Sms | Channel::Push | Channel::Webhook | Channel::Associate => "txt",
        };
        let Message { customer, channel, action, .. } = message;
        let time = clock.strftime("%Y-%m-%d_%H-%M-%S");
        let stem = plain(&format!("{time}-{customer}-{}-{action}", channel.name()));
        let mut name = format!("{stem}.{extension}");
        let mut n = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{stem}-{n}.{extension}");
            n += 1;
        }
        name
    }
}

impl Observer for Outbox<'_> {
    fn left(&mut self, message: &Message) -> Result<(), OutputError> {
        let clock = local(message.sent_at, &self.zones.of_recipient(message, &self.catalogue.places));
        let name = self.name(message, &clock);
        let path = self.directory.join(name);
        let written = content(message, &self.catalogue.brand, &clock).and_then(|bytes| std::fs::write(&path, bytes));
        written.map_err(|problem| OutputError { path, problem })
    }
}

/// A message as a file: the e-mail itself, or the text below a few lines that say what it is.
fn content(message: &Message, brand: &Brand, clock: &jiff::Zoned) -> io::Result<Vec<u8>> {
    if message.channel == Channel::Email {
        return mime(message, brand).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
    }
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _infallible = writeln!(text, "{:<9}{value}", format!("{name}:"));
    };
    line("To", &recipient(message));
    line("Sent", &shown(clock));
    line("By", &way(message));
    if message.channel == Channel::Inbox {
        line("Until", &shown(&local(message.expires_at, clock.time_zone())));
    }
    line("About", &format!("{}, {}", message.action, message.treatment));
    let task = message.task.as_ref().and_then(|task| serde_json::to_string_pretty(&task.shown(Role::Associate)).ok());
    let _infallible = writeln!(text, "\n{}", task.as_ref().unwrap_or(&message.text));
    Ok(text.into_bytes())
}

fn recipient(message: &Message) -> String {
    match (&message.to, message.channel) {
        (Some(address), _) => format!("{}, {address}", message.customer),
        (None, Channel::Associate) => format!("our people at {}", message.store.as_deref().unwrap_or("the store")),
        (None, _) => message.customer.to_string(),
    }
}

fn way(message: &Message) -> String {
    match message.channel {
        Channel::Sms => match segments(&message.text).count {
            1 => "text message, 1 segment".to_owned(),
            count => format!("text message, {count} segments"),
        },
        Channel::Email => "e-mail".to_owned(),
        Channel::Push => "notification of the app".to_owned(),
        Channel::Inbox => "card in the app".to_owned(),
        Channel::Webhook => "another system".to_owned(),
        Channel::Associate => "a person in the store".to_owned(),
    }
}

fn shown(clock: &jiff::Zoned) -> String {
    clock.strftime("%A %-d %B %Y, %H:%M:%S %Z").to_string()
}

/// A name for a file, whatever somebody calls themselves.
fn plain(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tact_domain::{CustomerId, DecisionId, Timestamp};

    fn message(channel: Channel, text: &str) -> Message {
        let to = match channel {
            Channel::Sms => Some("+12125550101".to_owned()),
            Channel::Email => Some("ana@example.com".to_owned()),
            _ => None,
        };
        Message {
            decision: DecisionId(1),
            customer: CustomerId::new("ana:1").unwrap(),
            channel,
            action: "replenish".into(),
            treatment: "way".into(),
            store: Some("market-street".into()),
            to,
            subject: (channel == Channel::Email).then(|| "Coffee?".to_owned()),
            text: text.to_owned(),
            answers: None,
            task: None,
            marketing: false,
            unsubscribe: None,
            // 2026-11-01T01:30:00 in New York, for the second time that night.
            sent_at: Timestamp(1_793_514_600_000),
            expires_at: Timestamp(1_793_514_600_000 + 3_600_000),
        }
    }

    fn written(messages: &[Message]) -> Vec<(String, String)> {
        let directory = tempfile::tempdir().unwrap();
        let catalogue = tact_aws::catalogue().unwrap();
        let below = directory.path().join("out/box");
        let mut outbox = Outbox::open(&below, &catalogue, Zones::default()).unwrap();
        for message in messages {
            outbox.left(message).unwrap();
        }
        let mut files: Vec<_> = std::fs::read_dir(&below).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
        files.iter().map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), read(path))).collect()
    }

    #[test]
    fn a_text_is_a_file_that_says_to_whom_when_and_how_long_it_is() {
        let [(name, text)] = &written(&[message(Channel::Sms, "Coffee running low?")])[..] else { panic!() };
        assert_eq!(name, "2026-11-01_01-30-00-ana_1-sms-replenish.txt", "at the clock of the store");
        assert_eq!(
            text,
            "To:      ana:1, +12125550101\nSent:    Sunday 1 November 2026, 01:30:00 EST\nBy:      text message, 1 segment\n\
             About:   replenish, way\n\nCoffee running low?\n"
        );
        let long = written(&[message(Channel::Sms, &"coffee ".repeat(40))]);
        assert!(long[0].1.contains("2 segments"), "{}", long[0].1);
    }

    #[test]
    fn an_e_mail_is_the_mail_itself_and_a_card_says_until_when_it_is_shown() {
        let files = written(&[message(Channel::Email, "Is it?"), message(Channel::Inbox, "Welcome.")]);
        let [(mail, bytes), (card, text)] = &files[..] else { panic!("{files:?}") };
        let brand = tact_aws::catalogue().unwrap().brand;
        assert_eq!(bytes.as_bytes(), mime(&message(Channel::Email, "Is it?"), &brand).unwrap());
        assert!(mail.ends_with("-email-replenish.eml") && card.ends_with("-inbox-replenish.card.txt"));
        assert!(text.contains("Until:   Sunday 1 November 2026, 02:30:00 EST\n") && text.ends_with("\n\nWelcome.\n"));
    }

    #[test]
    fn two_messages_of_one_second_are_two_files() {
        let files = written(&[message(Channel::Push, "one"), message(Channel::Push, "two")]);
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["2026-11-01_01-30-00-ana_1-push-replenish-2.txt", "2026-11-01_01-30-00-ana_1-push-replenish.txt"]
        );
        assert!(files[0].1.ends_with("two\n"));
    }

    #[test]
    fn a_message_that_cannot_be_written_is_named_by_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let catalogue = tact_aws::catalogue().unwrap();
        let refused = Outbox::open(&file, &catalogue, Zones::default()).unwrap_err().to_string();
        assert!(refused.contains(&file.display().to_string()), "{refused}");
        let mut outbox = Outbox::open(directory.path(), &catalogue, Zones::default()).unwrap();
        std::fs::create_dir(directory.path().join("2026-11-01_01-30-00-ana_1-sms-replenish.txt")).unwrap();
        let refused = outbox.left(&message(Channel::Sms, "x")).unwrap_err().to_string();
        assert!(refused.contains("ana_1-sms-replenish.txt"), "{refused}");
    }
}
