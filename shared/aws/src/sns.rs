//! Whether a notice comes from Amazon SNS: its certificate is fetched from the service itself, once, and its signature checked with the key in it.

use std::sync::{Mutex, OnceLock, PoisonError};

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tact_pipeline::{Notary, NotaryError};
use tact_wire::{Digest, Notice, is_sns_certificate, is_sns_subscription};
use webpki::EndEntityCert;

use crate::fetch::{FetchError, fetch};

/// The notary for notices of Amazon SNS.
#[derive(Debug, Default)]
pub struct SnsNotary {
    /// Where certificates lie instead of at the service, for a stand-in of it.
    stand_in: Option<String>,
    connector: OnceLock<Connector>,
    /// The keys of certificates by address, the latest few.
    keys: Mutex<Vec<(String, Vec<u8>)>>,
}

/// The most keys that are remembered; the service uses one, and changes it once in a while.
const KEYS: usize = 8;

impl SnsNotary {
    /// A notary that takes certificates from under this address, and nowhere else.
    pub fn with_certificates_under(address: String) -> Self {
        Self { stand_in: Some(address), ..Self::default() }
    }

    fn is_certificate(&self, url: &str) -> bool {
        self.stand_in.as_deref().map_or_else(|| is_sns_certificate(url), |place| url.starts_with(place))
    }

    /// The key of a certificate; `None` when there is none at that address.
    async fn key(&self, url: &str) -> Result<Option<Vec<u8>>, NotaryError> {
        if let Some(key) = self.known(url) {
            return Ok(Some(key));
        }
        match fetch(self.connector(), url, &[]).await {
            Ok(certificate) => {
                let key = key(&certificate);
                if let Some(key) = &key {
                    self.remember(url, key);
                }
                Ok(key)
            }
            // The service says so itself: nobody signed with that.
            Err(FetchError::Status(400..=499) | FetchError::Request | FetchError::TooLarge) => Ok(None),
            Err(error) => Err(NotaryError(error.to_string())),
        }
    }

    fn connector(&self) -> &Connector {
        let tls = Provider::Rustls(CryptoMode::AwsLc);
        self.connector.get_or_init(|| Connector::builder().tls_provider(tls).build())
    }

    fn known(&self, url: &str) -> Option<Vec<u8>> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|(known, _)| known == url).map(|(_, key)| key.clone())
    }

    fn remember(&self, url: &str, key: &[u8]) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS {
            keys.remove(0);
        }
        keys.push((url.to_owned(), key.to_vec()));
    }
}

impl Notary for SnsNotary {
    async fn vouches(&self, notice: &Notice) -> Result<bool, NotaryError> {
        if !self.is_certificate(&notice.certificate) {
            return Ok(false);
        }
        let key = self.key(&notice.certificate).await?;
        Ok(key.is_some_and(|key| is_signed(&key, notice)))
    }

    async fn confirm(&self, url: &str) -> Result<(), NotaryError> {
        if !is_sns_subscription(url) {
            return Err(NotaryError("the address is not one of Amazon SNS".to_owned()));
        }
        let confirmed = fetch(self.connector(), url, &[]).await;
        confirmed.map(|_| ()).map_err(|error| NotaryError(error.to_string()))
    }
}

/// The public key in a certificate. Whose it is needs no other proof than where it lies.
fn key(certificate: &[u8]) -> Option<Vec<u8>> {
    let certificate = CertificateDer::from_pem_slice(certificate).ok()?;
    let certificate = EndEntityCert::try_from(&certificate).ok()?;
    Some(certificate.subject_public_key_info().to_vec())
}

fn is_signed(key: &[u8], notice: &Notice) -> bool {
    let algorithm = match notice.digest {
        Digest::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
    };
    UnparsedPublicKey::new(algorithm, key).verify(notice.signed.as_bytes(), &notice.signature).is_ok()
}
