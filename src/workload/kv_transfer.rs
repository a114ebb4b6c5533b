//! Finds out from vLLM's arguments how it transfers its cache of keys and values to other pods.
//!
//! Sources: vllm-project/vllm docs/features/nixl_connector_usage.md (UCX, unless `backends` names others;
//! no variable changes that: issue 41814).

use crate::{
    json::{self, List, Read, Reader, Text},
    text,
    view::{Container, ContainerAt},
};

/// The place of the argument by which NIXL transfers the cache over UCX; `None` if it may use something else.
pub fn over_ucx(at: &ContainerAt<'_, '_>) -> Option<String> {
    let lists = [("command", at.container.command), ("args", at.container.args)];
    let mut said: Option<(String, bool)> = None;
    for (field, list) in lists {
        // Most containers have no connector, which this shows at once.
        if behind_flag(list.text()).is_none() {
            continue;
        }
        let arguments: List<Text<'_>> = list.get();
        for (index, argument) in arguments.iter().enumerate() {
            let Some(behind) = behind_flag(argument) else { continue };
            // With two flags, or one flag in parts, the result is unclear.
            if said.is_some() || behind.starts_with('.') || behind_flag(behind).is_some() {
                return None;
            }
            let (index, value) = match behind {
                "" => (index + 1, &**arguments.get(index + 1)?),
                _ => (index, behind),
            };
            said = Some((format!("{}/{field}/{index}", at.place()), is_by_ucx(value)));
        }
    }
    let (place, _) = said.filter(|(_, by_ucx)| *by_ucx)?;
    // A shell may set variables too.
    let in_shell = lists.iter().any(|(_, list)| text::find(list.text(), "UCX_TLS").is_some());
    (!in_shell && !names_another(at.container)).then_some(place)
}

/// The flag; vLLM accepts both spellings.
const FLAGS: [&str; 2] = ["--kv-transfer-config", "--kv_transfer_config"];

/// The text after the flag, if there is one, in an argument or in a shell's text.
fn behind_flag(text: &str) -> Option<&str> {
    text::find(text, "--kv")?;
    let place = |flag: &&str| text::find(text, flag).map(|at| at + flag.len());
    text.get(FLAGS.iter().filter_map(place).min()?..)
}

/// `--kv-transfer-config`
#[derive(Default)]
struct Transfer<'a> {
    connector: Text<'a>,
    backends: Option<List<Text<'a>>>,
}

json::readable! {
    Transfer<'a> {
        "kv_connector" => connector,
        "kv_connector_extra_config": { "backends" => backends },
    }
}

/// `true` if a value of the flag means UCX. In a shell it is in quotes, or on the next line.
fn is_by_ucx(value: &str) -> bool {
    let value = value.trim_start_matches(|c: char| c.is_whitespace() || "=\\'".contains(c));
    let Ok(transfer) = Transfer::read(&mut Reader::new(value)) else { return false };
    let by_ucx = |backends: List<Text<'_>>| {
        !backends.is_empty() && backends.iter().all(|backend| &**backend == "UCX")
    };
    &*transfer.connector == "NixlConnector" && transfer.backends.is_none_or(by_ucx)
}

/// `true` if a variable names another backend, or may make UCX use EFA's own protocol.
fn names_another(container: &Container<'_>) -> bool {
    container.env.iter().any(|variable| {
        let name = variable.name.as_deref().unwrap_or_default();
        let is_of_backends = name.contains("NIXL") && name.contains("BACKEND");
        let by_srd = || variable.seen().is_none_or(|value| value.contains("srd"));
        is_of_backends || (name == "UCX_TLS" && by_srd())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use testkit::build::pod;

    use super::*;
    use crate::view::{Kind, View};

    const NIXL: &str = r#"{"kv_connector":"NixlConnector","kv_role":"kv_both"}"#;

    fn with(backends: &str) -> String {
        NIXL.replace('}', &format!(r#","kv_connector_extra_config":{{"backends":{backends}}}}}"#))
    }

    fn said(args: &[&str], env: (&str, &str)) -> Option<String> {
        let pod = pod().env(env.0, env.1).with("/spec/containers/0/args", json!(args)).text();
        let view = View::read(Kind::Pod, &pod).unwrap();
        let place = view.pods()[0].containers().find_map(|at| over_ucx(&at));
        place.and_then(|place| Some(place.strip_prefix("/spec/containers/0/args/")?.to_owned()))
    }

    #[rstest]
    #[case::by_default(&["serve", "--kv-transfer-config", NIXL], Some("2"))]
    #[case::with_underscores(&[&*format!("--kv_transfer_config={NIXL}")], Some("0"))]
    #[case::in_a_shell(&["-c", &format!("exec vllm serve m \\\n  --kv-transfer-config \\\n  '{NIXL}' -tp 8")], Some("1"))]
    #[case::named(&["--kv-transfer-config", &with(r#"["UCX"]"#)], Some("1"))]
    #[case::no_backends_among_more(
        &["--kv-transfer-config", r#"{"kv_connector": "NixlConnector", "kv_connector_extra_config": {"kv_ports": [1]}}"#],
        Some("1")
    )]
    #[case::no_more(&["--kv-transfer-config", &NIXL.replace("\"kv_both\"", "\"kv_both\",\"kv_connector_extra_config\":null")], Some("1"))]
    #[case::exported(&["-c", &format!("export UCX_TLS=srd,cuda_copy; vllm serve m --kv-transfer-config '{NIXL}'")], None)]
    #[case::libfabric(&["--kv-transfer-config", &with(r#"["LIBFABRIC"]"#)], None)]
    #[case::both(&["--kv-transfer-config", &with(r#"["UCX", "LIBFABRIC"]"#)], None)]
    #[case::another(&["--kv-transfer-config", &with(r#"["UCCL"]"#)], None)]
    #[case::none(&["--kv-transfer-config", &with("[]")], None)]
    #[case::another_connector(&["--kv-transfer-config", &NIXL.replace("Nixl", "Mooncake")], None)]
    #[case::several_connectors(
        &["--kv-transfer-config", r#"{"kv_connector":"MultiConnector","kv_connector_extra_config":{"connectors":[{"kv_connector":"NixlConnector"}]}}"#],
        None
    )]
    #[case::of_a_variable(&["--kv-transfer-config", "$(TRANSFER)"], None)]
    #[case::in_part(&["--kv-transfer-config", &with("$(BACKENDS)")], None)]
    #[case::put_together_by_a_shell(&["-c", "vllm serve m --kv-transfer-config '{\"kv_connector\":\"NixlConnector\",'\"$MORE\"'}'"], None)]
    #[case::in_parts(&["--kv-transfer-config", NIXL, "--kv-transfer-config.kv_connector_extra_config.backends+", "LIBFABRIC"], None)]
    #[case::twice(&["--kv-transfer-config", NIXL, "--kv-transfer-config", &with(r#"["LIBFABRIC"]"#)], None)]
    #[case::cut_off(&["--kv-transfer-config"], None)]
    fn arguments(#[case] args: &[&str], #[case] expected: Option<&str>) {
        assert_eq!(said(args, ("A", "b")).as_deref(), expected);
    }

    #[rstest]
    #[case::of_a_wrapper(("VLLM_NIXL_BACKEND", "LIBFABRIC"), false)]
    #[case::efas_protocol(("UCX_TLS", "srd,cuda_copy,self"), false)]
    #[case::not_seen(("UCX_TLS", "$(TLS)"), false)]
    #[case::tcp(("UCX_TLS", "tcp"), true)]
    #[case::of_the_side_channel(("VLLM_NIXL_SIDE_CHANNEL_PORT", "5600"), true)]
    fn variables(#[case] env: (&str, &str), #[case] expected: bool) {
        assert_eq!(said(&["--kv-transfer-config", NIXL], env).is_some(), expected);
    }
}
