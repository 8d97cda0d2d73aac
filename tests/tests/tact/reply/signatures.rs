//! A stand-in of Amazon SNS: a key made for the test, a certificate around it on loopback, and notices signed with it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The key of the service, and that of somebody else.
static KEYS: LazyLock<[KeyPair; 2]> = LazyLock::new(|| [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048).unwrap()));

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signer {
    Service,
    Forger,
}

/// Where the certificates are.
pub(super) struct Certificates {
    /// The address they lie under.
    pub(super) address: String,
    /// How often one was fetched.
    pub(super) fetched: Arc<AtomicUsize>,
}

/// Signs a notice in the way of signature version 2.
pub(super) fn sign(mut notice: Value, certificate: String, signer: Signer) -> Value {
    notice["SigningCertURL"] = certificate.into();
    let names: &[&str] = match notice["Type"].as_str() {
        Some("Notification") => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        _ => &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
    };
    let fields = names.iter().filter_map(|name| Some(format!("{name}\n{}\n", notice[name].as_str()?)));
    let text: String = fields.collect();
    let key = &KEYS[signer as usize];
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    notice["Signature"] = STANDARD.encode(signature).into();
    notice
}

impl Certificates {
    /// Begins to serve the certificates, on a thread that lives as long as the test.
    pub(super) fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let fetched = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&fetched);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut asked = [0; 4096];
                let n = stream.read(&mut asked).unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..n]).into_owned();
                counter.fetch_add(1, Ordering::SeqCst);
                let _gone = stream.write_all(answer(asked.split(' ').nth(1).unwrap_or_default()).as_bytes());
            }
        });
        Self { address, fetched }
    }

    /// Where the certificate of a signer is.
    pub(super) fn of(&self, signer: Signer) -> String {
        format!("{}{signer:?}.pem", self.address)
    }
}

fn answer(path: &str) -> String {
    let (status, body) = match path {
        "/Service.pem" => ("200 OK", pem(Signer::Service)),
        "/Forger.pem" => ("200 OK", pem(Signer::Forger)),
        "/version_1.pem" => ("200 OK", include_str!("version_1.pem").to_owned()),
        "/broken.pem" => ("200 OK", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()),
        "/down.pem" => ("503 Service Unavailable", String::new()),
        _ => ("404 Not Found", String::new()),
    };
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// A certificate around the public key of a signer. Nobody signed it: whose it is, is known from where it lies.
fn pem(signer: Signer) -> String {
    let key: PublicKeyX509Der<'_> = KEYS[signer as usize].public_key().as_der().unwrap();
    let sha256_with_rsa = tlv(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00]);
    let validity = tlv(0x30, &[tlv(0x17, b"260101000000Z"), tlv(0x17, b"460101000000Z")].concat());
    let nobody = tlv(0x30, b"");
    let (version_3, serial) = (tlv(0xa0, &tlv(0x02, &[2])), tlv(0x02, &[1]));
    let parts = [version_3, serial, sha256_with_rsa.clone(), nobody.clone(), validity, nobody, key.as_ref().to_vec()];
    let certificate = tlv(0x30, &[tlv(0x30, &parts.concat()), sha256_with_rsa, tlv(0x03, &[0, 0])].concat());
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate))
}

/// Tag, length and value, as DER writes them.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(value.len()).unwrap().to_be_bytes();
    let head = match value.len() {
        0..0x80 => vec![tag, len[1]],
        0x80..0x100 => vec![tag, 0x81, len[1]],
        _ => vec![tag, 0x82, len[0], len[1]],
    };
    [head, value.to_vec()].concat()
}
