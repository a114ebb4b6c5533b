//! The content of an image, as far as its registry shows it.

use crate::{
    host::Host,
    json::{self, Lazy, Read, Reader},
};

/// The result of inspecting an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The registry can't be asked, or its answer can't be read.
    Unknown,
    /// NCCL, MPI or the libfabric of EFA.
    Collectives,
    /// None of them, according to its environment, labels and history.
    Nothing,
}

/// Traces of NCCL, MPI and EFA's libfabric in the environment, labels and history of an image.
const TRACES: [&str; 8] =
    ["nccl", "openmpi", "mpirun", "mpich", "libfabric", "aws-ofi", "amazon/efa", "efa_installer"];

/// The capability's answer: the manifest, and the image's configuration, of which these fields are read.
#[derive(Default)]
struct Answer<'a> {
    env: Lazy<'a>,
    labels: Lazy<'a>,
    history: Lazy<'a>,
}

json::readable! {
    Answer<'a> {
        "config": { "config": { "Env" => env, "Labels" => labels }, "history" => history },
    }
}

impl Inside {
    /// Inspects an image with one call of the host.
    pub fn of(image: &str, host: &dyn Host) -> Self {
        let payload = json::string(image);
        let Ok(answer) = host.call("oci", "v1/oci_manifest_config", payload.as_bytes()) else {
            return Self::Unknown;
        };
        let Some(answer) = std::str::from_utf8(&answer).ok() else { return Self::Unknown };
        let Ok(answer) = Answer::read(&mut Reader::new(answer)) else { return Self::Unknown };
        let texts = [answer.env.text(), answer.labels.text(), answer.history.text()];
        if texts.iter().all(|text| text.is_empty()) {
            return Self::Unknown;
        }
        let shows = |text: &str| {
            let text = text.to_ascii_lowercase();
            TRACES.iter().any(|trace| text.contains(trace))
        };
        if texts.iter().any(|text| shows(text)) { Self::Collectives } else { Self::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    struct Registry(Result<&'static str, &'static str>);

    impl Host for Registry {
        fn call(
            &self,
            namespace: &str,
            operation: &str,
            payload: &[u8],
        ) -> Result<Vec<u8>, String> {
            assert_eq!(
                (namespace, operation, payload),
                ("oci", "v1/oci_manifest_config", &br#""a/b:1""#[..])
            );
            self.0.map(|answer| answer.as_bytes().to_vec()).map_err(str::to_owned)
        }
    }

    #[rstest]
    #[case::variable(
        Ok(r#"{"config": {"config": {"Env": ["NCCL_VERSION=2.27"]}}}"#),
        Inside::Collectives
    )]
    #[case::label(
        Ok(r#"{"config": {"config": {"Labels": {"x": "libfabric"}}}}"#),
        Inside::Collectives
    )]
    #[case::history(
        Ok(r#"{"config": {"history": [{"created_by": "RUN apt install openmpi-bin"}]}}"#),
        Inside::Collectives
    )]
    #[case::none(
        Ok(r#"{"config": {"config": {"Env": ["PATH=/bin"], "Labels": null}, "history": []}}"#),
        Inside::Nothing
    )]
    #[case::says_nothing(Ok(r#"{"config": {"rootfs": {}}}"#), Inside::Unknown)]
    #[case::unreadable(Ok("<html>"), Inside::Unknown)]
    #[case::unreachable(Err("Not authorized"), Inside::Unknown)]
    fn looks_inside(#[case] answer: Result<&'static str, &'static str>, #[case] expected: Inside) {
        assert_eq!(Inside::of("a/b:1", &Registry(answer)), expected);
    }
}
