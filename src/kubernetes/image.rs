//! The parts of a reference to a container image.

use crate::text::split_once;

/// The parts of a reference, for example `host/path/name:v1.2.3-eksbuild.1@sha256:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The last part of the path: `amazon-k8s-cni`.
    pub name: &'a str,
    /// The tag, if there is one.
    pub tag: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Splits a reference into its parts.
    pub fn of(image: &'a str) -> Self {
        let mut last = split_once(image, b'@').map_or(image, |(image, _)| image);
        while let Some((_, rest)) = split_once(last, b'/') {
            last = rest;
        }
        match split_once(last, b':') {
            Some((name, tag)) => Self { name, tag: Some(tag) },
            None => Self { name: last, tag: None },
        }
    }

    /// The host of the registry: the part before the first slash, if that is a host; otherwise Docker
    /// Hub's (distribution/reference normalize.go, splitDockerDomain).
    pub fn registry(image: &'a str) -> &'a str {
        let host = split_once(image, b'/').map_or("", |(host, _)| host);
        if host.contains(['.', ':']) || host == "localhost" { host } else { "docker.io" }
    }

    /// The version in the tag: `v1.12.2-eksbuild.1` is 1.12.2; `None` if the tag, for example `latest`,
    /// is not a version.
    pub fn version(&self) -> Option<Version> {
        let tag = self.tag?;
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let before = |text, byte| split_once(text, byte).map_or(text, |(before, _)| before);
        let numbers = before(before(tag, b'-'), b'+');
        let number = |text: &str| text.parse::<u32>().ok();
        let (major, rest) = split_once(numbers, b'.')?;
        let (minor, patch) = split_once(rest, b'.').unwrap_or((rest, "0"));
        Some(Version(number(major)?, number(minor)?, number(patch)?))
    }
}

/// Major, minor, patch. A build, for example `-eksbuild.1`, does not change the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
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
}
