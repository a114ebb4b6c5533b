//! How the CNI really runs, as its DaemonSet in the cluster says.

use super::{CUSTOM_NETWORK_CFG, ENABLE_PREFIX_DELEGATION, MAX_ENI, Switch, Variable};
use crate::{
    capacity::Options,
    cluster::{Query, get},
    host::Host,
    view::{Kind, PodView, View},
};

/// The options of the settings, as far as the CNI's own environment does not say otherwise;
/// nothing where the cluster could not be asked, or the CNI is not as it is known.
pub fn mode(options: &Options, host: &dyn Host) -> Option<Options> {
    let query = Query {
        api_version: "apps/v1",
        kind: "DaemonSet",
        name: "aws-node",
        namespace: "kube-system",
        field_mask: "spec.template.spec.containers",
    };
    let answer = get(host, &query)?;
    let view = View::read(Kind::DaemonSet, &answer).ok()?;
    let containers = view.pods().iter().flat_map(PodView::containers);
    let mut cni = containers.filter(|at| at.container.name.as_deref() == Some("aws-node"));
    let cni = cni.next()?.container;
    // Of what can't be seen, the settings tell.
    let flag = |name, told| match Variable::of(cni, name).switch() {
        Switch::On => true,
        Switch::Off => false,
        Switch::Hidden => told,
    };
    let max_enis = match Variable::of(cni, MAX_ENI) {
        // The CNI passes over what is no count above 0.
        Variable::Value(value) => value.parse().ok().filter(|most| *most > 0),
        Variable::Unset | Variable::Hidden => None,
    };
    Some(Options {
        prefix_delegation: flag(ENABLE_PREFIX_DELEGATION, options.prefix_delegation),
        custom_networking: flag(CUSTOM_NETWORK_CFG, options.custom_networking),
        max_enis: max_enis.or(options.max_enis),
        ..*options
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cluster(Result<&'static str, &'static str>);

    impl Host for Cluster {
        fn call(&self, namespace: &str, operation: &str, _: &[u8]) -> Result<Vec<u8>, String> {
            assert_eq!((namespace, operation), ("kubernetes", "get_resource"));
            self.0.map(|answer| answer.as_bytes().to_vec()).map_err(str::to_owned)
        }
    }

    #[test]
    fn what_can_not_be_seen_of_the_cni_is_as_the_settings_say() {
        let cni = Cluster(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "valueFrom": {"configMapKeyRef": {"name": "cni", "key": "a"}}},
                {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "$(CUSTOM)"}, {"name": "MAX_ENI", "value": "0"}]}]}}}}"#,
        ));
        let told = Options {
            prefix_delegation: true,
            custom_networking: true,
            max_enis: Some(4),
            ..Options::default()
        };
        assert_eq!(mode(&told, &cni), Some(told));
    }

    #[test]
    fn the_mode_of_the_cni() {
        let cni = Cluster(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "value": "false"},
                {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "true"}, {"name": "MAX_ENI", "value": "3"}]}]}}}}"#,
        ));
        let expected = Options {
            prefix_delegation: false,
            custom_networking: true,
            max_enis: Some(3),
            ..Options::default()
        };
        assert_eq!(mode(&Options::default(), &cni), Some(expected));
        assert_eq!(mode(&Options::default(), &Cluster(Err("Cannot find"))), None);
        assert_eq!(mode(&Options::default(), &Cluster(Ok("{}"))), None);
    }
}
