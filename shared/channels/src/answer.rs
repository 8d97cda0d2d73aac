//! What an answer means. The rule: what certainly was not taken may be tried again; what may have been taken never is, because no
//! provider of AWS can tell a repetition from a second message.

use std::error::Error;

use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use tact_pipeline::{Handover, Refusal};

/// The longest pause a provider may ask for, in seconds.
const LONGEST_PAUSE_S: i64 = 86_400;

/// Parts of the names of errors by which a provider says that it is too much, or that it is not sending for now.
const NOT_NOW: [&str; 6] =
    ["Throttl", "TooManyRequests", "LimitExceeded", "QuotaExceeded", "MaxSendingRate", "SendingPaused"];

/// What the failure of a call means, for a provider of AWS; what the provider's own names for its refusals mean is its own business.
pub(crate) fn failed<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Handover {
    match error {
        SdkError::ConstructionFailure(_) => Handover::NotNow(None),
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(never_connected) => {
            Handover::NotNow(None)
        }
        SdkError::ServiceError(context) => {
            let answer = context.raw();
            let code = context.err().code().unwrap_or_default();
            answered(answer.status().as_u16(), code, pause_s(answer))
        }
        _ => Handover::Unknown,
    }
}

/// What an error that a provider answered means.
fn answered(status: u16, code: &str, pause_s: Option<i64>) -> Handover {
    match status {
        429 => Handover::NotNow(pause_s),
        _ if NOT_NOW.iter().any(|part| code.contains(part)) => Handover::NotNow(pause_s),
        // It waited for the rest of the request, and may have had enough of it.
        408 => Handover::Unknown,
        410 => Handover::Refused(Refusal::BadAddress),
        400..=499 => Handover::Refused(Refusal::Rejected),
        _ => Handover::Unknown,
    }
}

/// How long a provider asks us to wait, in seconds; `None` when it does not say, or names a date.
pub(crate) fn pause_s(answer: &HttpResponse) -> Option<i64> {
    let seconds = answer.headers().get("retry-after")?.trim().parse::<u32>().ok()?;
    Some(i64::from(seconds).min(LONGEST_PAUSE_S))
}

/// Whether there was no connection, so that nothing can have left.
fn never_connected(error: &ConnectorError) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        if error
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
        {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_certainly_not_taken_may_be_tried_again() {
        let refused = Handover::Refused(Refusal::Rejected);
        let cases = [
            (429, "", Handover::NotNow(Some(7))),
            (400, "ThrottlingException", Handover::NotNow(Some(7))),
            (400, "Throttled", Handover::NotNow(Some(7))),
            (400, "LimitExceededException", Handover::NotNow(Some(7))),
            (402, "ServiceQuotaExceededException", Handover::NotNow(Some(7))),
            (503, "ThrottlingException", Handover::NotNow(Some(7))),
            (400, "SendingPausedException", Handover::NotNow(Some(7))),
            (500, "InternalServerException", Handover::Unknown),
            (503, "", Handover::Unknown),
            (408, "", Handover::Unknown),
            (200, "", Handover::Unknown),
            (302, "", Handover::Unknown),
            (410, "", Handover::Refused(Refusal::BadAddress)),
            (400, "ValidationException", refused.clone()),
            (403, "AccessDeniedException", refused),
        ];
        for (status, code, expected) in cases {
            assert_eq!(answered(status, code, Some(7)), expected, "{status} {code}");
        }
    }
}
