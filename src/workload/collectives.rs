//! Decides whether a container runs collectives at all: one that only shows or measures devices, or
//! waits, doesn't need what NCCL needs.

use crate::{
    json::{List, Text},
    kubernetes::Reference,
    text,
    view::Container,
};

/// Words that another command follows.
const BEFORE: [&str; 6] = ["do", "env", "exec", "sudo", "then", "while"];

/// Programs that run no collective, and words of a shell between them.
const NONE: [&str; 19] = [
    ":",
    "[",
    "cat",
    "date",
    "done",
    "echo",
    "fi_info",
    "gpu-burn",
    "gpu_burn",
    "ls",
    "nvbandwidth",
    "nvidia-smi",
    "printenv",
    "set",
    "sleep",
    "tail",
    "trap",
    "true",
    "wait",
];

/// Parts of the names or tags of images that run no collective, whatever command starts them.
const IMAGES: [&str; 3] = ["gpu-burn", "gpu_burn", "nvbandwidth"];

/// `true` if everything that the container runs is known to run no collective. An unknown command may
/// run one.
pub fn runs_none(container: &Container<'_>) -> bool {
    let [command, arguments] = [container.command, container.args];
    let Reference { name, tag, .. } = Reference::of(container.image.as_deref().unwrap_or_default());
    let named = |known: &&str| {
        [Some(name), tag].into_iter().flatten().any(|text| text::find(text, known).is_some())
    };
    if IMAGES.iter().any(named) || name == "pause" {
        return true;
    }
    let (command, arguments): (List<Text<'_>>, List<Text<'_>>) = (command.get(), arguments.get());
    let mut words = command.iter().chain(arguments.iter()).map(|word| &**word);
    // Without a command, the image's own gets the arguments, or is replaced by them.
    let Some(program) = words.next().map(file_name) else { return false };
    match program {
        "sh" | "bash" => words.find(|word| !word.starts_with('-')).is_some_and(is_idle),
        program => NONE.contains(&program),
    }
}

/// `true` if each command in a shell's text is one of those.
fn is_idle(script: &str) -> bool {
    let commands = script.split([';', '&', '|', '\n']).map(str::trim);
    commands.filter(|command| !command.is_empty() && !command.starts_with('#')).all(|command| {
        let mut words = command.split_ascii_whitespace().map(file_name);
        words.find(|word| !BEFORE.contains(word)).is_none_or(|word| NONE.contains(&word))
    })
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::view::{Kind, View};

    #[rstest]
    #[case::shows_devices(r#""command": ["nvidia-smi"]"#, true)]
    #[case::by_its_path(r#""command": ["/usr/bin/nvidia-smi", "-L"]"#, true)]
    #[case::waits(r#""command": ["sleep"], "args": ["infinity"]"#, true)]
    #[case::in_a_shell(r#""command": ["/bin/bash", "-c", "nvidia-smi && sleep 3600"]"#, true)]
    #[case::in_a_loop(
        r#""command": ["sh", "-c"], "args": ["while :; do nvidia-smi || true; sleep 5; done"]"#,
        true
    )]
    #[case::of_efa(r#""command": ["/opt/amazon/efa/bin/fi_info", "-p", "efa"]"#, true)]
    #[case::by_its_image(r#""image": "example.com/tools/gpu-burn:1""#, true)]
    #[case::trains(r#""command": ["torchrun", "train.py"]"#, false)]
    #[case::trains_after_a_look(r#""command": ["sh", "-c", "nvidia-smi; torchrun a.py"]"#, false)]
    #[case::behind_another(r#""command": ["env", "A=1", "torchrun", "a.py"]"#, false)]
    #[case::a_script(r#""command": ["sh", "-c", "/run.sh"]"#, false)]
    #[case::by_its_tag(
        r#""image": "example.com/samples:nvbandwidth-v0.7", "command": ["/usr/sbin/sshd", "-De"]"#,
        true
    )]
    #[case::an_image_that_says_nothing(r#""image": "example.com/ml/train:1""#, false)]
    #[case::a_shell_that_reads_a_file(r#""command": ["bash"]"#, false)]
    fn containers(#[case] container: &str, #[case] expected: bool) {
        let pod = format!(r#"{{"spec": {{"containers": [{{{container}}}]}}}}"#);
        let view = View::read(Kind::Pod, &pod).unwrap();
        let at = view.pods()[0].containers().next().unwrap();
        assert_eq!(runs_none(at.container), expected);
    }
}
