//! Answers that never come: a provider's, the table's, and a function's own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tact::cloud::Cloud;
use tact::pool::{Function, Listener, Plan};
use tact::sinks::{Behaviour, Provider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::super::deployment::binaries;
use super::super::town::{Town, cloud, until};
use super::super::traffic::{Account, Dice, Live, account, agree, orders, put, settings};

#[tokio::test]
async fn a_provider_that_never_answers_leaves_messages_unknown_and_is_not_asked_again() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let orders = orders(&mut Dice(23), 6, 2, 0);
    agree(&town, &orders).await;
    for behaviour in [Behaviour::Hang, Behaviour::Accept, Behaviour::AcceptAndCut, Behaviour::Hang] {
        town.cloud.sinks.next(Provider::Email, behaviour);
    }
    put(&town, &orders);
    let live = Live::start(&town, &settings());
    live.drained().await;
    live.stop().await;
    // From the beginning: everything is delivered again.
    let live = Live::start(&town, &settings());
    live.drained().await;
    assert_eq!(account(&town, &orders).await, Account { sent: orders.len() - 3, unknown: 3 });
    assert_eq!(town.cloud.sinks.received(Provider::Email).len(), orders.len(), "each was tried once");
}

/// What stands between functions and the table. While it is mute, calls reach the table, and no answer leaves it.
struct Between {
    address: SocketAddr,
    mute: watch::Sender<bool>,
}

impl Between {
    async fn start(cloud: &Cloud) -> Self {
        let table: SocketAddr = cloud.database.endpoint().trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mute, is_mute) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((asked, _)) = listener.accept().await {
                let answering = TcpStream::connect(table).await.unwrap();
                tokio::spawn(pass(asked, answering, is_mute.clone()));
            }
        });
        Self { address, mute }
    }
}

/// Passes bytes on in both directions until one side ends.
async fn pass(mut asked: TcpStream, mut answering: TcpStream, is_mute: watch::Receiver<bool>) {
    let (mut question, mut answer) = ([0; 8_192], [0; 8_192]);
    loop {
        tokio::select! {
            read = asked.read(&mut question) => match read {
                Ok(bytes @ 1..) if answering.write_all(&question[..bytes]).await.is_ok() => {}
                _ => return,
            },
            read = answering.read(&mut answer) => match read {
                Ok(_) if *is_mute.borrow() => {}
                Ok(bytes @ 1..) if asked.write_all(&answer[..bytes]).await.is_ok() => {}
                _ => return,
            },
        }
    }
}

#[tokio::test]
async fn a_table_whose_answers_are_lost_has_every_batch_delivered_until_it_is_done_and_done_once() {
    let Some(directory) = binaries() else { return };
    let cloud = cloud(2).await;
    let between = Between::start(&cloud).await;
    let environment = vec![("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", between.address))];
    let town = Town::on(cloud, &directory, environment).await;
    let mut dice = Dice(29);
    let orders = orders(&mut dice, 20, 6, 0);
    agree(&town, &orders).await;
    let live = Live::start(&town, &settings());
    for some in orders.chunks(20) {
        put(&town, some);
        tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
        between.mute.send_replace(true);
        tokio::time::sleep(Duration::from_millis(dice.below(1_500))).await;
        between.mute.send_replace(false);
    }
    live.drained().await;
    super::two_minutes_later(&town, &live, &orders).await;
    let Account { sent, unknown } = account(&town, &orders).await;
    assert_eq!(sent + unknown, orders.len());
    assert!(live.given_up().is_empty());
}

/// Stops a process of this one, which then neither answers nor ends.
fn suspend(binary: &Path) {
    let own = |pid: &str| {
        let is_ours = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
            let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)).map(str::to_owned);
            parent == Some(std::process::id().to_string())
        });
        is_ours && std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == *binary)
    };
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let found: Vec<_> = pids.filter(|pid| own(pid)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(Command::new("kill").args(["-STOP", &found[0]]).status().unwrap().success());
}

#[tokio::test]
async fn a_function_that_never_answers_is_ended_and_its_batch_delivered_again() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let orders = orders(&mut Dice(31), 10, 4, 0);
    agree(&town, &orders).await;
    // A copy, so that its process is known from all others.
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().canonicalize().unwrap().join("purchase");
    std::fs::copy(directory.join("purchase"), &binary).unwrap();
    let environment = town.cloud.environment("purchase");
    let timeout = Duration::from_secs(2);
    let plan = Plan { name: "purchase".to_owned(), binary: binary.clone(), environment, processes: 1, timeout };
    let listener: Listener = Arc::new(|_| {});
    let slow = Arc::new(Function::start(plan, &listener).await.unwrap());
    slow.ready().await;
    let live = Live::with(&town, &settings(), &slow);
    for some in orders.chunks(20) {
        suspend(&binary);
        put(&town, some);
        let lives = slow.start_ups().len();
        until("it is started again", || std::future::ready(slow.start_ups().len() > lives)).await;
    }
    live.drained().await;
    assert_eq!(account(&town, &orders).await.sent, orders.len());
    assert_eq!(slow.start_ups().len(), 3, "ended twice");
    assert!(live.given_up().is_empty());
}
