//! Where messages end on one machine: servers on loopback that speak enough of the providers' languages to be sent to by the real
//! clients, check what a provider would check, keep what they took, and fail when they are told to.
//! Read in this order: this file (what is kept and what can be told), `sms`, `email`, `push` and `webhook` (a language each), `server`.

mod email;
mod push;
mod server;
mod sms;
mod webhook;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tact_pipeline::Refusal;
use tact_wire::Seal;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use server::{Answer, Request};

/// Running sinks, one for each provider. They stop when dropped.
#[derive(Debug)]
pub struct Sinks {
    addresses: [SocketAddr; 4],
    shared: Arc<Shared>,
    _servers: JoinSet<()>,
}

/// A provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Text messages, as AWS End User Messaging takes them.
    Sms,
    /// E-mails, as SES takes them.
    Email,
    /// Notifications, as SNS takes them.
    Push,
    /// Our own webhook.
    Webhook,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 4] = [Self::Sms, Self::Email, Self::Push, Self::Webhook];

    /// What it takes, in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Push => "push",
            Self::Webhook => "webhook",
        }
    }
}

/// What a sink does with a call that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it.
    Accept,
    /// Says that it is too much.
    Throttle {
        /// For how many seconds, if it says so.
        retry_after_s: Option<u32>,
    },
    /// Breaks down with this status and no words.
    Fail(u16),
    /// Refuses it for good.
    Refuse(Refusal),
    /// Neither takes it nor answers.
    Hang,
    /// Takes it and closes the connection without an answer.
    AcceptAndCut,
}

/// One call that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// To whom.
    pub provider: Provider,
    /// Whether the recipient gets it. What fails a check, is refused or repeated does not arrive.
    pub taken: bool,
    /// What was wrong with the call itself, as the provider answered it.
    pub complaint: Option<String>,
    /// The decision it delivers; empty when the call was wrong.
    pub decision: String,
    /// The address, for a call that names one.
    pub to: Option<String>,
    /// The text; empty when the call was wrong.
    pub text: String,
    /// The headers with names in lower case: of the call, then of the mail or the notification in it.
    pub headers: Vec<(String, String)>,
    /// The body of the call; for an e-mail, the mail.
    pub body: Vec<u8>,
}

impl Received {
    /// The last header of this name in lower case; `None` when there is none.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Sinks {
    /// Listens on four free ports of 127.0.0.1. Webhooks must carry this seal, made within five minutes of `now_s`, in seconds since
    /// 1970.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(seal: Seal, now_s: impl Fn() -> i64 + Send + Sync + 'static) -> io::Result<Self> {
        Self::start_at([SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); 4], seal, move || Some(now_s())).await
    }

    /// The same, at addresses of 127.0.0.1 in the order of [`Provider::ALL`]; port 0 takes a free one. Where nobody knows what time it is, nobody looks at when
    /// a webhook was signed.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub async fn start_at(
        mut addresses: [SocketAddr; 4],
        seal: Seal,
        now_s: impl Fn() -> Option<i64> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { seal, now_s: Box::new(now_s), kept: Mutex::default() });
        let mut servers = JoinSet::new();
        for (address, provider) in addresses.iter_mut().zip(Provider::ALL) {
            let listener = TcpListener::bind(*address).await?;
            *address = listener.local_addr()?;
            let shared = Arc::clone(&shared);
            servers.spawn(server::serve(listener, move |request| {
                let shared = Arc::clone(&shared);
                async move { shared.answer(provider, request).await }
            }));
        }
        Ok(Self { addresses, shared, _servers: servers })
    }

    /// The address a client of this provider is to be given.
    pub fn endpoint(&self, provider: Provider) -> String {
        let at = Provider::ALL.into_iter().zip(self.addresses).find(|(known, _)| *known == provider);
        at.map_or_else(String::new, |(_, address)| format!("http://{address}"))
    }

    /// Says what happens to a right call to come. Said again, it is the turn of the call after that; what nothing was said about is taken.
    pub fn next(&self, provider: Provider, behaviour: Behaviour) {
        self.shared.kept().to_come.push_back((provider, behaviour));
    }

    /// Every call to a provider so far, in order.
    pub fn received(&self, provider: Provider) -> Vec<Received> {
        self.shared.kept().received.iter().filter(|received| received.provider == provider).cloned().collect()
    }

    /// What recipients got since `place`, which is 0 at first, in order, and the place to ask from next. The oldest of very many are forgotten.
    pub fn taken_since(&self, place: u64) -> (Vec<Received>, u64) {
        let kept = self.shared.kept();
        let skipped = usize::try_from(place.saturating_sub(kept.forgotten)).unwrap_or(usize::MAX);
        let taken = kept.received.iter().skip(skipped).filter(|received| received.taken).cloned().collect();
        (taken, kept.forgotten + kept.received.len() as u64)
    }

    /// Everything recipients got so far, in order.
    pub fn taken(&self) -> Vec<Received> {
        self.shared.kept().received.iter().filter(|received| received.taken).cloned().collect()
    }

    /// Forgets what came in and what was said.
    pub fn clear(&self) {
        *self.shared.kept() = Kept::default();
    }
}

struct Shared {
    seal: Seal,
    now_s: Box<dyn Fn() -> Option<i64> + Send + Sync>,
    kept: Mutex<Kept>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("kept", &self.kept).finish_non_exhaustive()
    }
}

/// So many calls are kept.
const MOST_KEPT: usize = 100_000;

#[derive(Debug, Default)]
struct Kept {
    received: VecDeque<Received>,
    /// How many calls came before those.
    forgotten: u64,
    to_come: VecDeque<(Provider, Behaviour)>,
}

impl Kept {
    fn behaviour(&mut self, provider: Provider) -> Behaviour {
        let place = self.to_come.iter().position(|(whose, _)| *whose == provider);
        place.and_then(|place| self.to_come.remove(place)).map_or(Behaviour::Accept, |(_, behaviour)| behaviour)
    }

    /// Keeps a call; beyond very many, the oldest goes.
    fn remember(&mut self, received: Received) {
        if self.received.len() >= MOST_KEPT {
            self.received.pop_front();
            self.forgotten += 1;
        }
        self.received.push_back(received);
    }

    fn has_taken(&self, provider: Provider, decision: &str) -> bool {
        let same = |received: &Received| received.provider == provider && received.decision == decision;
        self.received.iter().any(|received| received.taken && same(received))
    }
}

/// What a right call says.
struct Said {
    decision: String,
    to: Option<String>,
    text: String,
    /// Headers of what is in the call.
    headers: Vec<(String, String)>,
    /// What is in the call, when that is not its body.
    body: Option<Vec<u8>>,
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a call; `None` closes the connection instead.
    async fn answer(&self, provider: Provider, request: Request) -> Option<Answer> {
        let said = match self.read(provider, &request) {
            Ok(said) => said,
            Err(complaint) => {
                self.kept().remember(wrong(provider, request, &complaint));
                return Some(complaint);
            }
        };
        let (behaviour, number) = self.keep(provider, request, said);
        match behaviour {
            Behaviour::Accept => Some(taken(provider, number)),
            Behaviour::Throttle { retry_after_s } => {
                let wait = retry_after_s.map(|seconds| ("retry-after", seconds.to_string()));
                let mut answer = throttled(provider);
                answer.headers.extend(wait);
                Some(answer)
            }
            Behaviour::Fail(status) => Some(Answer::new(status, "text/plain", String::new())),
            Behaviour::Refuse(refusal) => Some(refused(provider, refusal)),
            Behaviour::Hang => std::future::pending().await,
            Behaviour::AcceptAndCut => None,
        }
    }

    fn read(&self, provider: Provider, request: &Request) -> Result<Said, Answer> {
        match provider {
            Provider::Sms => sms::read(request),
            Provider::Email => email::read(request),
            Provider::Push => push::read(request),
            Provider::Webhook => webhook::read(request, &self.seal, (self.now_s)()),
        }
    }

    /// Keeps a right call, and says what happens to it and the how-manieth it is. Webhooks alone know a repetition.
    fn keep(&self, provider: Provider, request: Request, said: Said) -> (Behaviour, usize) {
        let mut kept = self.kept();
        let behaviour = kept.behaviour(provider);
        let accepts = matches!(behaviour, Behaviour::Accept | Behaviour::AcceptAndCut);
        let repeated = provider == Provider::Webhook && kept.has_taken(provider, &said.decision);
        let mut headers = request.headers;
        headers.extend(said.headers);
        kept.remember(Received {
            provider,
            taken: accepts && !repeated,
            complaint: None,
            decision: said.decision,
            to: said.to,
            text: said.text,
            headers,
            body: said.body.unwrap_or(request.body),
        });
        (behaviour, kept.received.len() + usize::try_from(kept.forgotten).unwrap_or(0))
    }
}

fn wrong(provider: Provider, request: Request, complaint: &Answer) -> Received {
    Received {
        provider,
        taken: false,
        complaint: Some(complaint.body.clone()),
        decision: String::new(),
        to: None,
        text: String::new(),
        headers: request.headers,
        body: request.body,
    }
}

fn taken(provider: Provider, number: usize) -> Answer {
    match provider {
        Provider::Sms => sms::taken(number),
        Provider::Email => email::taken(number),
        Provider::Push => push::taken(number),
        Provider::Webhook => Answer::new(204, "text/plain", String::new()),
    }
}

fn throttled(provider: Provider) -> Answer {
    match provider {
        Provider::Sms => sms::fault("ThrottlingException", "too much", &[]),
        Provider::Email => email::fault(429, "TooManyRequestsException", "too much"),
        Provider::Push => push::fault(400, "Throttled", "too much"),
        Provider::Webhook => webhook::fault(429, "too much"),
    }
}

fn refused(provider: Provider, refusal: Refusal) -> Answer {
    match provider {
        Provider::Sms => sms::refused(refusal),
        Provider::Email => email::refused(refusal),
        Provider::Push => push::refused(refusal),
        Provider::Webhook => webhook::refused(refusal),
    }
}
