//! Variables that an MPI launcher passes to all processes of the job, by its own arguments.
//!
//! Source: Open MPI `mpirun -x`; Intel MPI and MPICH `mpirun -genv`; kubeflow/mpi-operator examples.

use crate::{
    json::{List, Text},
    text,
    view::{ContainerAt, Kind, PodView, View},
};

/// An exported variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The place of the arguments.
    pub place: String,
}

/// The variables that the launcher of an MPIJob exports to its workers; empty for other objects.
pub fn exports(view: &View<'_>) -> Vec<Export> {
    Some(view)
        .filter(|view| view.kind == Kind::MpiJob)
        .and_then(launcher)
        .map(of_pod)
        .unwrap_or_default()
}

fn launcher<'v, 'a>(view: &'v View<'a>) -> Option<&'v PodView<'a>> {
    let is_launcher = |pod: &&PodView<'_>| pod.place.contains("/Launcher/");
    // The API has only two roles.
    view.pods().iter().take(2).find(is_launcher)
}

fn of_pod(pod: &PodView<'_>) -> Vec<Export> {
    pod.containers().filter(ContainerAt::is_main).flat_map(|at| of_container(&at)).collect()
}

fn of_container(at: &ContainerAt<'_, '_>) -> Vec<Export> {
    let lists = [("command", at.container.command), ("args", at.container.args)];
    let mut all = Vec::new();
    for (field, list) in lists {
        let text = list.text();
        if ["-x", "-genv", "-env"].iter().any(|flag| text::find(text, flag).is_some()) {
            let pairs = of_arguments(&list.get());
            let place = format!("{}/{field}", at.place());
            all.extend(pairs.into_iter().map(|(name, value)| Export {
                name,
                value,
                place: place.clone(),
            }));
        }
    }
    all
}

/// `-x NAME=VALUE`, `-genv NAME VALUE`, `-genv NAME=VALUE`, also inside the text of a shell.
fn of_arguments(arguments: &List<Text<'_>>) -> Vec<(String, String)> {
    let mut words = arguments.iter().flat_map(|text| text.split_ascii_whitespace()).peekable();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        if !matches!(word, "-x" | "-genv" | "-env" | "--x") {
            continue;
        }
        let Some(named) = words.next() else { break };
        let unquoted = |text: &str| text.trim_matches(['"', '\'']).to_owned();
        match named.split_once('=') {
            Some((name, value)) => all.push((unquoted(name), unquoted(value))),
            // `-x NAME` passes on the launcher's own value.
            None if word.ends_with('x') => {}
            None => all.extend(words.next().map(|value| (unquoted(named), unquoted(value)))),
        }
    }
    all.retain(|(_, value)| !value.contains('$'));
    all
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::json::Reader;

    #[rstest]
    #[case::in_words(r#"["mpirun", "-np", "16", "-x", "FI_PROVIDER=efa", "a"]"#, "FI_PROVIDER=efa")]
    #[case::in_a_shell(
        r#"["-c", "mpirun -x FI_PROVIDER=\"efa\" -x NCCL_DEBUG=INFO a"]"#,
        "FI_PROVIDER=efa NCCL_DEBUG=INFO"
    )]
    #[case::of_the_launcher(r#"["mpirun", "-x", "PATH", "-x", "A=1"]"#, "A=1")]
    #[case::of_intel(
        r#"["mpirun", "-genv", "FI_PROVIDER", "efa", "-genv", "A=1"]"#,
        "FI_PROVIDER=efa A=1"
    )]
    #[case::of_a_variable(r#"["mpirun", "-x", "FI_PROVIDER=$P"]"#, "")]
    fn are_found(#[case] arguments: &str, #[case] expected: &str) {
        let found = of_arguments(&Reader::whole(arguments).unwrap());
        let found: Vec<String> =
            found.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(found.join(" "), expected);
    }
}
