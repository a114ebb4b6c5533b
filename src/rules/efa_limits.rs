//! `efa-limits`: EFA interfaces in `requests` without `limits`, or with limits that differ.
//!
//! Devices can't be overcommitted, so the API server refuses both. The fix copies a request without a
//! limit to the limits. If they differ, the limit is what the container was meant to get, so the request
//! gets its value.
//!
//! Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go,
//! ValidateContainerResourceRequirements ("Limit must be set for non overcommitable resources").

use super::shared::{Context, Findings};
use crate::{
    finding::{Action, Edit, Report},
    kubernetes::EFA,
    text::Quoted,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    for at in pod.containers() {
        let Some(resources) = &at.container.resources else { continue };
        let Some(request) = resources.requests.get(EFA.name()) else { continue };
        let list = |name| at.listed_place(name, EFA.name());
        let limit = resources.limits.get(EFA.name());
        if limit.is_some_and(|limit| limit.same_as(request)) {
            continue;
        }
        let (fact, wanted, side, place) = match limit {
            None => ("no limit".to_owned(), request, "limit", list("limits")),
            Some(limit) => {
                let fact = format!("the limit {}", Quoted(limit.text()));
                (fact, limit, "request", list("requests"))
            }
        };
        // `efa-count` refuses a quantity that is not a count, so it must not be copied.
        if wanted.count().is_none() {
            continue;
        }
        let fact = format!(
            "`{EFA}` has the request {} but {fact}, which the API server refuses",
            Quoted(request.text())
        );
        let remedy = format!("set the {side} to {}", Quoted(wanted.text()));
        findings.report_with_fix(
            Report::new(Action::Fix, list("requests"), fact).about(EFA.name()).remedy(remedy),
            || Ok(vec![Edit::set_text(place, wanted.text())]),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds, pod_on};

    #[test]
    fn equal_or_limits_alone() {
        for resources in [
            r#"{"limits": {"vpc.amazonaws.com/efa": 4}}"#,
            r#"{"requests": {"vpc.amazonaws.com/efa": 4}, "limits": {"vpc.amazonaws.com/efa": "4"}}"#,
            r#"{"requests": {"cpu": 4}}"#,
        ] {
            accepts("efa-limits", &pod_on("p4d.24xlarge", resources));
        }
    }

    #[test]
    fn requests_alone() {
        finds(
            "efa-limits",
            &pod_on("p4d.24xlarge", r#"{"requests": {"vpc.amazonaws.com/efa": 4}}"#),
            &[
                r#"fix /spec/containers/0/resources/requests/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa {/spec/containers/0/resources/limits/vpc.amazonaws.com~1efa = "4"}"#,
            ],
        );
    }

    #[test]
    fn unequal() {
        finds(
            "efa-limits",
            &pod_on(
                "p4d.24xlarge",
                r#"{"requests": {"vpc.amazonaws.com/efa": 1}, "limits": {"vpc.amazonaws.com/efa": 4}}"#,
            ),
            &[
                r#"fix /spec/containers/0/resources/requests/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa {/spec/containers/0/resources/requests/vpc.amazonaws.com~1efa = "4"}"#,
            ],
        );
    }
}
