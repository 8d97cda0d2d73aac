//! Processes of a function that is a script: it takes invocations as a runtime does, and does what they say.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::*;

/// How long the script may take: far more than it does, however busy the machine is.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// A function in bash: `"die"` ends it, `"hang"` never comes back, `"fail"` is an error, anything else comes back as it is.
const SCRIPT: &str = r#"#!/bin/bash
api=${AWS_LAMBDA_RUNTIME_API/://}
call() { # METHOD PATH BODY
  exec 3<>"/dev/tcp/$api"
  printf '%s /2018-06-01/runtime/%s HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %s\r\n\r\n%s' "$1" "$2" "${#3}" "$3" >&3
  id='' length=0 body=''
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    [[ -z $line ]] && break
    case $line in
      lambda-runtime-aws-request-id:*) id=${line#*: } ;;
      content-length:*) length=${line#*: } ;;
    esac
  done
  ((length > 0)) && IFS= read -r -N "$length" body <&3
  exec 3>&-
}
[[ -n $NEVER ]] && exit 1
echo "started as $AWS_LAMBDA_LOG_STREAM_NAME"
while :; do
  call GET invocation/next ''
  case $body in
    '"die"') kill -9 $$ ;;
    '"hang"') while :; do :; done ;;
    '"fail"') call POST "invocation/$id/error" '{"errorType":"Wrong","errorMessage":"asked to"}' ;;
    *) call POST "invocation/$id/response" "$body" ;;
  esac
done
"#;

/// A directory with the script in it.
pub(crate) fn script() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("echo");
    std::fs::write(&path, SCRIPT).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

/// The script as a function of two processes that answers in time, and what it says.
pub(crate) async fn started(
    directory: &Path,
    environment: Vec<(&'static str, String)>,
) -> (Function, Arc<Mutex<Vec<String>>>) {
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&said);
    let listener: Listener = Arc::new(move |line: Said| heard.lock().unwrap().push(line.line));
    let (name, binary) = ("echo".to_owned(), directory.join("echo"));
    let plan = Plan { name, binary, environment, processes: 2, timeout: TIMEOUT };
    (Function::start(plan, &listener).await.unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn invocations_are_answered_and_start_ups_are_measured() {
    let script = script();
    let (function, said) = started(script.path(), Vec::new()).await;
    function.ready().await;
    let answers = futures(&function, &["\"one\"", "\"two\"", "\"three\""]).await;
    assert_eq!(answers.map(Result::unwrap), [b"\"one\"".to_vec(), b"\"two\"".to_vec(), b"\"three\"".to_vec()]);
    assert_eq!(function.start_ups().len(), 2);
    let mut said = said.lock().unwrap().clone();
    said.sort();
    assert_eq!(said, ["started as echo/0/0", "started as echo/1/0"]);
}

async fn futures(function: &Function, bodies: &[&str; 3]) -> [Result<Vec<u8>, InvokeError>; 3] {
    let [one, two, three] = bodies.map(|body| function.invoke(body.as_bytes().to_vec()));
    let (one, two, three) = tokio::join!(one, two, three);
    [one, two, three]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_fails_its_invocation_alone_and_another_takes_its_place() {
    let script = script();
    let (function, _) = started(script.path(), Vec::new()).await;
    function.ready().await;
    let answers = futures(&function, &["\"die\"", "\"well\"", "\"well\""]).await;
    assert_eq!(answers[0], Err(InvokeError::ProcessEnded));
    assert!(answers[1..].iter().all(Result::is_ok), "{answers:?}");
    function.ready().await;
    assert_eq!(function.invoke(b"1".to_vec()).await, Ok(b"1".to_vec()));
    assert_eq!(function.start_ups().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_does_not_answer_in_time_is_ended() {
    let script = script();
    let (function, _) = started(script.path(), Vec::new()).await;
    function.ready().await;
    assert_eq!(function.invoke(b"\"hang\"".to_vec()).await, Err(InvokeError::TimedOut(TIMEOUT)));
    // Both answer again: the one that hung is gone.
    for _ in 0..100 {
        if function.start_ups().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(function.start_ups().len(), 3);
    let answers = futures(&function, &["1", "2", "3"]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_killed_is_started_again() {
    let script = script();
    let (function, _) = started(script.path(), Vec::new()).await;
    function.ready().await;
    let again_and_again = async {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            (0..2).for_each(|seat| function.kill(seat));
        }
    };
    let answer = tokio::select! {
        answer = function.invoke(b"\"hang\"".to_vec()) => answer,
        () = again_and_again => unreachable!("it goes on for ever"),
    };
    assert_eq!(answer, Err(InvokeError::ProcessEnded));
    // A kill that came late may end one more.
    while function.invoke(b"1".to_vec()).await != Ok(b"1".to_vec()) {}
    function.kill(7);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_process_starts_an_invocation_is_throttled() {
    let script = script();
    let (function, _) = started(script.path(), vec![("NEVER", "1".to_owned())]).await;
    assert_eq!(function.invoke(b"1".to_vec()).await, Err(InvokeError::Throttled(TIMEOUT)));
    assert!(function.start_ups().is_empty());
}

#[tokio::test]
async fn a_binary_that_is_not_there_is_named() {
    let listener: Listener = Arc::new(|_| ());
    let binary = PathBuf::from("nowhere/echo");
    let plan = Plan { name: "echo".to_owned(), binary, environment: Vec::new(), processes: 1, timeout: TIMEOUT };
    let error = Function::start(plan, &listener).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot start `nowhere/echo`: "), "{error}");
}
