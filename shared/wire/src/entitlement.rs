//! The item of a line that a customer earned, readable for whoever pays it out.

use tact_domain::EntitlementLine;

use crate::ParsedEvent;

/// What is kept of a line: the rule, who sent the event that earned it and under which id, the points and the time.
pub fn entitlement_json(line: &EntitlementLine, event: &ParsedEvent) -> String {
    let EntitlementLine { rule, points, at, .. } = line;
    let ParsedEvent { source, id, .. } = event;
    serde_json::json!({ "rule": rule, "source": source, "id": id, "points": points, "at_ms": at.0 }).to_string()
}
