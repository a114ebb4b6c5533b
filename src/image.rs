//! Container images: the parts of a reference, and what is inside, as far as the registry says.

use crate::{
    host::Host,
    json::{self, Lazy, Read, Reader, readable},
};

/// The parts of a reference such as `host/path/name:v1.2.3-eksbuild.1@sha256:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The last part of the path: `amazon-k8s-cni`.
    pub name: &'a str,
    /// The tag, if there is one.
    pub tag: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Takes a reference apart.
    pub fn of(image: &'a str) -> Self {
        let without_digest = image.split_once('@').map_or(image, |(image, _)| image);
        let last = without_digest.rsplit_once('/').map_or(without_digest, |(_, last)| last);
        match last.split_once(':') {
            Some((name, tag)) => Self { name, tag: Some(tag) },
            None => Self { name: last, tag: None },
        }
    }

    /// The version in the tag: `v1.12.2-eksbuild.1` is 1.12.2; nothing where it is none, such as
    /// `latest`.
    pub fn version(&self) -> Option<Version> {
        let tag = self.tag?;
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let numbers = tag.split_once(['-', '+']).map_or(tag, |(numbers, _)| numbers);
        let mut numbers = numbers.split('.').map(|number| number.parse::<u32>().ok());
        let version =
            Version(numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
        numbers.next().is_none().then_some(version)
    }
}

/// Major, minor, patch. A build such as `-eksbuild.1` is of the same version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a look into an image has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The registry could not be asked, or its answer not be read.
    Unknown,
    /// NCCL, MPI or the libfabric of EFA.
    Collectives,
    /// None of them, in its environment, its labels and its history.
    Nothing,
}

/// What NCCL, MPI and EFA's libfabric leave in environment, labels and history of an image.
const TRACES: [&str; 8] =
    ["nccl", "openmpi", "mpirun", "mpich", "libfabric", "aws-ofi", "amazon/efa", "efa_installer"];

/// The answer of the capability: the manifest, and the image's configuration.
#[derive(Default)]
struct Answer<'a> {
    config: Config<'a>,
}

#[derive(Default)]
struct Config<'a> {
    config: RunConfig<'a>,
    history: Lazy<'a>,
}

#[derive(Default)]
struct RunConfig<'a> {
    env: Lazy<'a>,
    labels: Lazy<'a>,
}

readable! {
    Answer<'a> { "config" => config }
    Config<'a> { "config" => config, "history" => history }
    RunConfig<'a> { "Env" => env, "Labels" => labels }
}

impl Inside {
    /// Looks into an image: one call of the host.
    pub fn of(image: &str, host: &dyn Host) -> Self {
        let payload = json::string(image);
        let Ok(answer) = host.call("oci", "v1/oci_manifest_config", payload.as_bytes()) else {
            return Self::Unknown;
        };
        let Some(answer) = std::str::from_utf8(&answer).ok() else { return Self::Unknown };
        let Ok(answer) = Answer::read(&mut Reader::new(answer)) else { return Self::Unknown };
        let Config { config, history } = answer.config;
        let texts = [config.env.text(), config.labels.text(), history.text()];
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

    #[rstest]
    #[case("nginx", "nginx", None)]
    #[case("host:5000/a/b", "b", None)]
    #[case("host:5000/a/b:v1.2.3", "b", Some(Version(1, 2, 3)))]
    #[case(
        "a/amazon-k8s-cni:v1.12.2-eksbuild.1@sha256:0123",
        "amazon-k8s-cni",
        Some(Version(1, 12, 2))
    )]
    #[case("b:1.9", "b", Some(Version(1, 9, 0)))]
    #[case("b:latest", "b", None)]
    #[case("b:v1.2.3.4", "b", None)]
    #[case("b@sha256:0123", "b", None)]
    fn references(#[case] image: &str, #[case] name: &str, #[case] version: Option<Version>) {
        let reference = Reference::of(image);
        assert_eq!((reference.name, reference.version()), (name, version));
    }

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
