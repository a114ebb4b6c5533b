//! How the CNI really runs, according to its DaemonSet in the cluster.

use super::{
    CUSTOM_NETWORK_CFG, ENABLE_IPV6, ENABLE_POD_ENI, ENABLE_PREFIX_DELEGATION, MAX_ENI, Switch,
    Variable,
};
use crate::{
    capacity::{Family, Options, Trunks},
    cluster::{Cluster, Query},
    form::Known,
    kubernetes::{Reference, Version},
    view::{Kind, PodView, View},
};

/// The first release that reserves no interface for a trunk on types that don't support one.
const TRUNKS_WHERE_ABLE: Version = Version(1, 20, 4);

/// The options of the settings, overridden by the CNI's own environment; `None` if the cluster can't be
/// asked, or the CNI's DaemonSet is not as expected.
pub fn mode(options: &Options, cluster: &Cluster<'_>) -> Option<Options> {
    let query = Query {
        api_version: "apps/v1",
        kind: "DaemonSet",
        name: "aws-node",
        namespace: Some("kube-system"),
        field_masks: &["spec.template.spec.containers"],
    };
    let answer = cluster.get(&query)?;
    let view = View::read(Kind::DaemonSet, answer).ok()?;
    let containers = view.pods().iter().flat_map(PodView::containers);
    let mut cni = containers.filter(|at| at.container.name.as_deref() == Some("aws-node"));
    let cni = cni.next()?.container;
    let switch = |name| Variable::of(cni, name).switch();
    // For what can't be seen, the settings count.
    let known = |name, told| match switch(name) {
        Switch::On => Known::YES,
        Switch::Off => Known::NO,
        Switch::Hidden => told,
    };
    let custom = known(CUSTOM_NETWORK_CFG, Known(Some(options.custom_networking)));
    let version = cni.image.as_deref().and_then(|image| Reference::of(image).version());
    let all = version.is_some_and(|version| version < TRUNKS_WHERE_ABLE);
    let max_enis = match Variable::of(cni, MAX_ENI) {
        // The CNI ignores a value that is not a number above 0.
        Variable::Value(value) => value.parse().ok().filter(|most| *most > 0),
        Variable::Unset | Variable::Hidden => None,
    };
    Some(Options {
        prefix_delegation: known(ENABLE_PREFIX_DELEGATION, options.prefix_delegation),
        security_groups_for_pods: known(ENABLE_POD_ENI, options.security_groups_for_pods),
        custom_networking: custom == Known::YES,
        max_enis: max_enis.or(options.max_enis),
        trunks: if all { Trunks::All } else { Trunks::Able },
        family: if switch(ENABLE_IPV6) == Switch::On { Family::V6 } else { Family::V4 },
        ..*options
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;

    struct Answer(Result<&'static str, &'static str>);

    fn mode_of(options: &Options, answer: &Answer) -> Option<Options> {
        mode(options, &Cluster::new(answer, true))
    }

    impl Host for Answer {
        fn call(&self, namespace: &str, operation: &str, _: &[u8]) -> Result<Vec<u8>, String> {
            assert_eq!((namespace, operation), ("kubernetes", "get_resource"));
            self.0.map(|answer| answer.as_bytes().to_vec()).map_err(str::to_owned)
        }
    }

    #[test]
    fn what_can_not_be_seen_of_the_cni_is_as_the_settings_say() {
        let cni = Answer(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "valueFrom": {"configMapKeyRef": {"name": "cni", "key": "a"}}},
                {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "$(CUSTOM)"}, {"name": "MAX_ENI", "value": "0"},
                {"name": "ENABLE_POD_ENI", "value": "$(TRUNK)"}]}]}}}}"#,
        ));
        let told = Options {
            prefix_delegation: Known::YES,
            security_groups_for_pods: Known::YES,
            custom_networking: true,
            max_enis: Some(4),
            ..Options::default()
        };
        assert_eq!(mode_of(&told, &cni), Some(told));
    }

    #[test]
    fn the_mode_of_the_cni() {
        let cni = Answer(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "image": "a/cni:v1.20.3", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "value": "false"}, {"name": "ENABLE_POD_ENI", "value": "true"},
                {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "true"}, {"name": "MAX_ENI", "value": "3"}]}]}}}}"#,
        ));
        let expected = Options {
            prefix_delegation: Known::NO,
            security_groups_for_pods: Known::YES,
            custom_networking: true,
            max_enis: Some(3),
            trunks: Trunks::All,
            ..Options::default()
        };
        assert_eq!(mode_of(&Options::default(), &cni), Some(expected));
        assert_eq!(mode_of(&Options::default(), &Answer(Err("Cannot find"))), None);
        assert_eq!(mode_of(&Options::default(), &Answer(Ok("{}"))), None);
    }
    #[test]
    fn a_cni_of_ipv6_whose_release_is_not_known() {
        let cni = Answer(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "image": "a/cni:latest", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "value": "yes"}, {"name": "ENABLE_IPv6", "value": "true"}]}]}}}}"#,
        ));
        let expected = Options {
            prefix_delegation: Known::NO,
            security_groups_for_pods: Known::NO,
            family: Family::V6,
            ..Options::default()
        };
        assert_eq!(mode_of(&Options::default(), &cni), Some(expected));
    }
}
