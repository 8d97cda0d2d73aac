//! HTTP: who may call, in which words, and when the server is gone.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use super::*;

#[test]
fn a_call_must_be_signed_for_this_service() {
    let local = Local::with(1);
    let with = |signature: Option<&'static str>| {
        let mut headers = headers("ListStreams");
        headers.remove("authorization");
        headers.extend(signature.map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value))));
        answer(&local.streams, &headers, Ok("{}".into())).map_err(|fault| fault.kind)
    };
    assert_eq!(with(None), Err("MissingAuthenticationTokenException"));
    let incomplete = [
        "Bearer 0",
        "AWS4-HMAC-SHA256 Credential=l/20261122/us-east-1/kinesis/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=l/20261122/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    ];
    for signature in incomplete {
        assert_eq!(with(Some(signature)), Err("IncompleteSignatureException"), "{signature}");
    }
    let signed =
        "AWS4-HMAC-SHA256 Credential=l/20261122/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0";
    assert!(with(Some(signed)).is_ok());
}

#[test]
fn unknown_operations_and_other_encodings_are_refused_by_name() {
    let local = Local::new();
    let ask = |headers: &HeaderMap, body: &'static str| answer(&local.streams, headers, Ok(body.into())).unwrap_err();
    assert_eq!(ask(&headers("SubscribeToShard"), "{}").kind, "UnknownOperationException");
    let mut other = headers("ListStreams");
    other.insert("x-amz-target", HeaderValue::from_static("DynamoDB_20120810.ListTables"));
    assert_eq!(ask(&other, "{}").kind, "UnknownOperationException");
    let mut cbor = headers("ListStreams");
    cbor.insert("content-type", HeaderValue::from_static("application/x-amz-cbor-1.1"));
    let fault = ask(&cbor, "{}");
    assert!(fault.kind == "SerializationException" && fault.message.contains("AWS_CBOR_DISABLE"), "{fault:?}");
    for body in ["", "{", "{\"Limit\":1e9}", "[1]", "null"] {
        assert_eq!(ask(&headers("ListStreams"), body).kind, "SerializationException", "{body}");
    }
}

fn request(body: &str) -> String {
    let headers = headers("CreateStream");
    let lines = headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
    let lines: String = lines.collect();
    format!("POST / HTTP/1.1\r\nhost: local\r\ncontent-length: {}\r\n{lines}\r\n{body}", body.len())
}

fn answered(connection: &mut TcpStream, request: &str) -> String {
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 4096];
    let length = connection.read(&mut answer).unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_answers_with_an_id_and_is_gone_when_dropped() {
    let server = KinesisServer::start((Ipv4Addr::LOCALHOST, 0).into(), || NOW_MS).await.unwrap();
    let (address, streams) = (server.address, server.streams());
    assert_eq!(server.endpoint(), format!("http://{address}"));
    tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        let made = answered(&mut connection, &request(r#"{"StreamName":"events","ShardCount":1}"#));
        assert!(made.starts_with("HTTP/1.1 200 OK\r\n"), "{made}");
        assert!(made.contains("content-type: application/x-amz-json-1.1\r\n") && made.contains("x-amzn-requestid: "));
        assert_eq!(streams.names(), ["events"]);
        let refused = answered(&mut connection, &request("{}"));
        assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
        assert!(
            refused.contains(r#""__type":"ValidationException""#) && refused.contains(r#""message":"#),
            "{refused}"
        );
        drop(server);
        // A connection that is at no call ends, and no other is taken.
        assert_eq!(connection.read(&mut [0; 16]).unwrap(), 0);
        let gone = || TcpStream::connect(address).is_err();
        assert!(std::iter::repeat_with(gone).take(10_000).any(|is_gone| is_gone));
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn only_this_machine_is_served() {
    let elsewhere = KinesisServer::start((Ipv4Addr::UNSPECIFIED, 0).into(), || 0).await;
    assert!(elsewhere.unwrap_err().to_string().contains("0.0.0.0:0"));
}
