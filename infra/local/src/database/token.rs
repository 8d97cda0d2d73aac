//! Transactions without their request token.
//!
//! The emulator keeps every token for ten minutes and looks at all of them at each transaction, so that a long run would slow down with
//! its square. Commits are recognised by their nonce in any case; the real service gets the token as well.

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

/// Blanks the token out of every request that carries one.
#[derive(Debug)]
pub(super) struct WithoutToken;

impl Intercept for WithoutToken {
    fn name(&self) -> &'static str {
        "WithoutToken"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.request_mut().body_mut();
        if let Some(blanked) = body.bytes().and_then(blanked) {
            *body = blanked.into();
        }
        Ok(())
    }
}

/// The JSON without the token that stands at its end, as long as it was; `None` when there is none.
fn blanked(json: &[u8]) -> Option<Vec<u8>> {
    const MEMBER: &[u8] = br#","ClientRequestToken":""#;
    // The token is the last member, 32 digits: `,"ClientRequestToken":"<32 digits>"}`.
    let begin = json.len().checked_sub(MEMBER.len() + 32 + 2)?;
    let mut blanked = json.to_vec();
    let tail = blanked.get_mut(begin..).filter(|tail| tail.starts_with(MEMBER) && tail.ends_with(b"\"}"))?;
    tail.fill(b' ');
    *tail.last_mut()? = b'}';
    Some(blanked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_blanked_and_nothing_else() {
        let with = format!(r#"{{"TransactItems":[{{"Put":{{}}}}],"ClientRequestToken":"{}"}}"#, "a".repeat(32));
        let without = blanked(with.as_bytes()).unwrap();
        assert_eq!(without.len(), with.len());
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&without).unwrap().to_string(),
            r#"{"TransactItems":[{"Put":{}}]}"#
        );
        assert_eq!(blanked(br#"{"TableName":"tact"}"#), None);
        assert_eq!(blanked(b""), None);
    }
}
