//! Laws for every request: a patch is a fixpoint and changes nothing else, an update that adds no problem
//! is not denied, a rule that is off reports nothing, and no input makes the policy fail.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use eks_aiml_networking::{
    finding::{Action, Finding, Line, Lines},
    host::NoHost,
    review,
    review::{Assessment, assess},
    rule,
    rules::EditsFor,
    text, validate_settings,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::{
    generate::{made_by_a_job, object, payload, settings, text},
    ordered::{self, Node},
};

/// Returns the settings with some members replaced.
fn with(settings: &Value, over: Value) -> Value {
    let mut settings = settings.clone();
    settings.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    settings
}

/// Returns the settings with another action for all rules, or for one.
fn choosing(settings: &Value, rule: Option<&str>, choice: &str) -> Value {
    let mut settings = settings.clone();
    for info in rule::infos().filter(|info| rule.is_none_or(|rule| rule == info.id)) {
        settings["rules"][info.id] = choice.into();
    }
    settings
}

fn answer(object: &str, old: Option<&str>, settings: &Value) -> Value {
    answer_to(&payload(object, old, settings))
}

fn answer_to(payload: &str) -> Value {
    serde_json::from_str(&review(payload.as_bytes(), &NoHost).to_json()).unwrap()
}

fn assessed(object: &str, settings: &Value) -> Assessment {
    assess(payload(object, None, settings).as_bytes(), &NoHost, EditsFor::Fixes).unwrap()
}

fn is_fix(finding: &&Finding) -> bool {
    finding.action == Action::Fix
}

/// Returns the findings without their actions.
fn facts(assessment: &Assessment) -> Vec<Finding> {
    let fact = |finding: &Finding| Finding { action: Action::Warn, ..finding.clone() };
    assessment.findings.iter().map(fact).collect()
}

/// `true` if an edit at one place can make a difference at the other: there, inside it, or at a parent that
/// was missing.
fn may_change(edit: &str, place: &str) -> bool {
    let inside = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match edit.strip_suffix("/-") {
        Some(list) => inside(list, place) || inside(place, list),
        None => inside(edit, place) || inside(place, edit),
    }
}

/// `true` if the place is absent from `node`, or null, so that an edit creates it.
fn is_missing(node: &Node, place: &str) -> bool {
    let mut node = node;
    for segment in place.split('/').skip(1) {
        let key = segment.replace("~1", "/").replace("~0", "~");
        let next = match node {
            Node::Object(members) => members.iter().rfind(|(name, _)| *name == key).map(|(_, v)| v),
            Node::List(items) => key.parse().ok().and_then(|index: usize| items.get(index)),
            Node::Leaf(_) => None,
        };
        match next {
            Some(inner) => node = inner,
            None => return true,
        }
    }
    *node == Node::Leaf("null".to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A written line can be parsed back into fact and remedies, whatever users wrote.
    #[test]
    fn a_line_gives_back_its_parts(object in object(), settings in settings()) {
        let object = text(&object);
        let lines = Lines { places: eks_aiml_networking::json::Paths::of(&object), ..Lines::default() };
        for finding in assessed(&object, &settings).findings {
            let line = lines.line(&finding);
            let Some(parts) = Line::parse(&line) else { panic!("{line}") };
            prop_assert_eq!(parts.rule, finding.rule.name());
            prop_assert_eq!(parts.fact, &finding.fact);
            prop_assert_eq!(&parts.remedies, &finding.remedies);
            let fixed = finding.action == Action::Fix && !finding.remedies.is_empty();
            prop_assert_eq!(parts.fixed, fixed);
            // A line is shortened inside its parts.
            let short = lines.within(&finding, 256);
            let Some(cut) = Line::parse(&short) else { panic!("{short}") };
            let begins = |cut: &str, whole: &str| {
                whole.starts_with(cut.trim_end_matches('`').trim_end_matches('…'))
            };
            prop_assert!(begins(cut.fact, &finding.fact), "{}", short);
            let both = || cut.remedies.iter().zip(&finding.remedies);
            prop_assert!(both().all(|(cut, whole)| begins(cut, whole)), "{}", short);
            prop_assert!(cut.remedies.len() <= finding.remedies.len(), "{}", short);
        }
    }

    #[test]
    fn a_patch_is_a_fixpoint_and_silences_who_asked_for_it(object in object(), settings in settings()) {
        let object = text(&object);
        let first = assessed(&object, &settings);
        let Some(repaired) = &first.repaired else { return Ok(()) };
        let second = assessed(repaired, &settings);
        prop_assert_eq!(&second.repaired, &None);
        let fixed = || first.findings.iter().filter(is_fix);
        for finding in &second.findings {
            prop_assert!(
                fixed().all(|f| (f.rule, &f.places) != (finding.rule, &finding.places)),
                "{finding:?}"
            );
        }
        // The findings other than fixes were already about the repaired object.
        let told: Vec<_> = first.findings.iter().filter(|f| !is_fix(f)).collect();
        prop_assert_eq!(told, second.findings.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_patch_changes_nothing_but_what_its_edits_name(object in object(), settings in settings()) {
        let object = text(&object);
        let assessment = assessed(&object, &settings);
        let Some(repaired) = &assessment.repaired else { return Ok(()) };
        let edits = assessment.findings.iter().filter(is_fix).flat_map(|finding| &finding.edits);
        let edits: Vec<&str> = edits.map(|edit| edit.place()).collect();
        let before = ordered::parse(&object);
        for place in ordered::differences(&before, &ordered::parse(repaired)) {
            let allowed = |edit: &&str| {
                may_change(edit, &place) && (place.len() >= edit.len() || is_missing(&before, &place))
            };
            prop_assert!(edits.iter().any(allowed), "{} by {:?}", place, edits);
        }
    }

    /// A finding that depends on something that neither the pod nor the settings show is never a denial or
    /// a change.
    #[test]
    fn nothing_is_done_under_an_open_assumption(object in object(), settings in settings()) {
        for finding in assessed(&text(&object), &settings).findings {
            let asked = settings["rules"][finding.rule.name()] == "deny";
            let done = finding.action != Action::Warn && !asked;
            prop_assert!(!done || finding.assumptions.is_empty(), "{finding:?}");
        }
    }

    /// A second `kubectl apply` of the same file changes nothing: everything it sets is still so.
    #[test]
    fn what_was_applied_as_a_pod_is_only_added_to(object in object(), settings in settings()) {
        let made = object["metadata"].get("ownerReferences").is_some();
        if object["kind"] != "Pod" || made {
            return Ok(());
        }
        let repaired = assessed(&text(&object), &settings).repaired;
        let Some(repaired) = repaired else { return Ok(()) };
        let repaired: Value = serde_json::from_str(&repaired).unwrap();
        let sent: Value = serde_json::from_str(&text(&object)).unwrap();
        prop_assert!(holds(&repaired, &sent, ""), "{} of {}", repaired, sent);
    }

    /// Whatever the mutating policy allows, the validating one with the same rules allows too, whether or
    /// not the first was called.
    #[test]
    fn the_policy_that_only_judges_never_refuses_what_the_other_repairs(object in object(), settings in settings()) {
        let object = text(&object);
        let repairs = with(&settings, json!({ "mutate": true, "unrepaired": "warn" }));
        let judges = with(&settings, json!({ "mutate": false, "unrepaired": "warn" }));
        let (first, second) = (answer(&object, None, &repairs), answer(&object, None, &judges));
        prop_assert_eq!(&first["accepted"], &second["accepted"], "{} {}", first, second);
        if let Some(repaired) = first.get("mutated_object") {
            prop_assert_eq!(&answer(&repaired.to_string(), None, &judges)["accepted"], true);
        }
    }

    /// A template is denied exactly if its pods would be.
    #[test]
    fn a_template_is_judged_as_its_pods_will_be(object in object(), settings in settings(), judges in any::<bool>()) {
        if object["kind"] != "Pod" {
            return Ok(());
        }
        let settings = with(&settings, json!({ "mutate": !judges }));
        let template = json!({ "metadata": { "labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"] }, "spec": object["spec"] });
        let job = json!({ "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "llm", "namespace": object["metadata"]["namespace"] },
                          "spec": { "template": template } });
        let pod = answer(&text(&made_by_a_job(object)), None, &settings);
        let template = answer(&text(&job), None, &settings);
        prop_assert_eq!(&template["accepted"], &pod["accepted"], "{} {}", template, pod);
        prop_assert_eq!(template.get("mutated_object"), None);
    }

    #[test]
    fn validating_alone_never_repairs_and_refuses_only_what_mutating_would_repair(
        object in object(), settings in settings()
    ) {
        let mutated = object["kind"] == "Pod" || object["kind"] == "DaemonSet";
        let object = text(&object);
        let alone = answer(&object, None, &with(&settings, json!({ "mutate": false })));
        let twin = answer(&object, None, &settings);
        prop_assert_eq!(alone.get("mutated_object"), None);
        if !mutated && settings["unrepaired"] == "deny" {
            // With repairs, a template stays as it is; without them, it is denied if its pods need one.
            return Ok(());
        }
        match (twin["accepted"] == true, twin.get("mutated_object")) {
            (true, None) => prop_assert_eq!(&alone, &twin),
            (true, Some(repaired)) => {
                let alone = answer(&repaired.to_string(), None, &with(&settings, json!({ "mutate": false })));
                prop_assert_eq!(&alone["accepted"], true, "{}", alone);
            }
            _ => prop_assert_eq!(&alone["accepted"], false),
        }
    }

    #[test]
    fn an_update_that_adds_no_fault_is_not_denied(object in object(), settings in settings(), mutate in any::<bool>(), turn in 1_usize..3) {
        let settings = with(&settings, json!({ "mutate": mutate }));
        let old = text(&object);
        let same = answer(&old, Some(&old), &settings);
        prop_assert_eq!(&same["accepted"], true);
        prop_assert_eq!(same.get("mutated_object"), None);

        // Ray's and Dynamo's operators mount /dev/shm only into the first container: there the order
        // matters.
        let group = object["apiVersion"].as_str().unwrap();
        if !group.starts_with("ray.io/") && !group.starts_with("nvidia.com/") {
            let turned = text(&with_containers(&object, |containers| {
                let turn = turn % containers.len().max(1);
                containers.rotate_left(turn);
            }));
            let turned = answer(&turned, Some(&old), &settings);
            prop_assert_eq!(&turned["accepted"], true, "turned: {}", turned);
        }

        let first = assessed(&old, &with(&settings, json!({ "mutate": true })));
        let denied = first.findings.iter().any(|finding| finding.action == Action::Deny);
        if let Some(repaired) = first.repaired.as_ref().filter(|_| !denied) {
            let updated = answer(repaired, Some(&old), &settings);
            prop_assert_eq!(&updated["accepted"], true, "repaired: {}", updated);
        }
    }

    #[test]
    fn an_update_to_what_could_be_created_is_not_denied(old in object(), new in object(), settings in settings()) {
        let new = with(&new, json!({ "kind": old["kind"], "apiVersion": old["apiVersion"] }));
        let (old, new) = (text(&old), text(&new));
        let created = answer(&new, None, &settings);
        let updated = answer(&new, Some(&old), &settings);
        // An existing pod can't be repaired any more.
        if created["accepted"] == true && created.get("mutated_object").is_none() {
            prop_assert_eq!(&updated["accepted"], true, "{}", updated);
        }
    }

    #[test]
    fn messages_are_short_lines_that_name_a_place(object in object(), settings in settings()) {
        let object = text(&object);
        let assessed = assessed(&object, &settings).findings;
        let payload = payload(&object, None, &settings);
        let answer = answer_to(&payload);
        prop_assert_eq!(&answer, &answer_to(&payload));
        for warning in answer["warnings"].as_array().into_iter().flatten() {
            let warning = warning.as_str().unwrap();
            prop_assert!(warning.len() <= 256 && !warning.contains(text::misleads), "{}", warning);
        }
        if answer["accepted"] == false {
            let mut told = 0;
            for line in answer["message"].as_str().unwrap().lines() {
                let finding = Line::parse(line).is_some_and(|line| !line.place.is_empty());
                let more = line.strip_prefix("and ").and_then(|line| line.strip_suffix(" more"));
                let more = more.map(|count| count.parse::<usize>().unwrap());
                prop_assert!(finding != more.is_some(), "{}", line);
                prop_assert!(!line.contains(text::misleads), "{}", line);
                told += more.unwrap_or(1);
            }
            let denied = assessed.iter().filter(|finding| finding.action == Action::Deny);
            prop_assert_eq!(told, denied.count());
        }
    }

    #[test]
    fn what_is_exempt_or_switched_off_is_silent(object in object(), settings in settings()) {
        let text = text(&object);
        let namespace = &object["metadata"]["namespace"];
        let exempt = with(&settings, json!({ "exempt": { "namespaces": [namespace] } }));
        prop_assert_eq!(answer(&text, None, &exempt), json!({ "accepted": true }));

        if object["kind"] == "Pod" && object["metadata"]["labels"] != json!({}) {
            let labels = json!({ "podSelector": { "matchLabels": object["metadata"]["labels"] } });
            let exempt = with(&settings, json!({ "exempt": labels }));
            prop_assert_eq!(answer(&text, None, &exempt), json!({ "accepted": true }));
        }

        let off = answer(&text, None, &choosing(&settings, None, "off"));
        prop_assert_eq!(&off["accepted"], true);
        prop_assert_eq!(off["audit_annotations"].get("findings"), None);
        prop_assert_eq!(off.get("warnings").or(off.get("mutated_object")), None);
    }

    #[test]
    fn raising_a_rule_changes_the_verdict_and_not_the_facts(
        object in object(), settings in settings(), rule in prop::sample::select(rule::infos().collect::<Vec<_>>())
    ) {
        let text = text(&object);
        let warned = assessed(&text, &choosing(&settings, Some(rule.id), "warn"));
        let raised = choosing(&settings, Some(rule.id), "deny");
        let denied = assessed(&text, &raised);
        // A template is checked as its repaired pods will be, and shows no repair.
        let is_template = !["Pod", "DaemonSet"].contains(&object["kind"].as_str().unwrap());
        let differs = is_template && facts(&warned) != facts(&denied);
        if (warned.repaired.is_some() || differs) && denied.repaired.is_none() {
            // A repair that the rule would deny is not made: the object is checked as it is.
            let alone = assessed(&text, &with(&raised, json!({ "mutate": false })));
            prop_assert_eq!(&facts(&denied), &facts(&alone));
            prop_assert!(denied.findings.iter().all(|one| one.rule.name() != rule.id || one.action == Action::Deny));
            return Ok(());
        }
        prop_assert_eq!(facts(&warned), facts(&denied));
        prop_assert_eq!(&warned.repaired, &denied.repaired);
        for (warned, denied) in warned.findings.iter().zip(&denied.findings) {
            let raised = if denied.rule.name() == rule.id { Action::Deny } else { warned.action };
            prop_assert_eq!(denied.action, raised);
        }
    }

    #[test]
    fn answers_are_the_same_whatever_the_order_of_keys(object in object(), settings in settings()) {
        fn reversed(value: &Value) -> String {
            match value {
                Value::Object(members) => {
                    let members: Vec<String> = members.iter().rev()
                        .map(|(key, value)| format!("{}:\n{}", Value::from(key.as_str()), reversed(value)))
                        .collect();
                    format!("{{{}}}", members.join(","))
                }
                Value::Array(items) => {
                    format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(" , "))
                }
                other => other.to_string(),
            }
        }
        let payload: Value = serde_json::from_str(&payload(&text(&object), None, &settings)).unwrap();
        prop_assert_eq!(answer_to(&payload.to_string()), answer_to(&reversed(&payload)));
    }

    #[test]
    fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!review(&bytes, &NoHost).accepted);
        let _ = validate_settings(&bytes);
    }

    #[test]
    fn no_damage_to_a_request_makes_it_fail(
        object in object(), settings in settings(), cut in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut payload = payload(&text(&object), None, &settings).into_bytes();
        let at = cut.index(payload.len());
        payload[at] = byte;
        let _ = review(&payload, &NoHost).to_json();
        payload.truncate(at);
        prop_assert!(!review(&payload, &NoHost).accepted);
    }
}

/// `true` if a pod contains everything in `sent`: it may have additional members, and additional items in
/// lists whose items have names.
fn holds(now: &Value, sent: &Value, name: &str) -> bool {
    match (now, sent) {
        (_, Value::Null) => true,
        (Value::Object(now), Value::Object(sent)) => {
            sent.iter().all(|(key, sent)| now.get(key).is_some_and(|now| holds(now, sent, key)))
        }
        (Value::Array(now), Value::Array(sent)) => {
            let named = [
                "containers",
                "ephemeralContainers",
                "initContainers",
                "env",
                "volumes",
                "volumeMounts",
            ];
            (now.len() == sent.len() || (now.len() > sent.len() && named.contains(&name)))
                && now.iter().zip(sent).all(|(now, sent)| holds(now, sent, ""))
                && (named.contains(&name) || now == sent)
        }
        (now, sent) => now == sent,
    }
}

/// Returns the object with its lists of containers changed, wherever they are.
fn with_containers(object: &Value, change: impl Fn(&mut Vec<Value>) + Copy) -> Value {
    let mut object = object.clone();
    match &mut object {
        Value::Object(members) => {
            for (key, value) in members.iter_mut() {
                match value {
                    Value::Array(items) if key == "containers" => change(items),
                    value => *value = with_containers(value, change),
                }
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = with_containers(item, change));
        }
        _ => {}
    }
    object
}
