use rstest::rstest;

use super::*;
use crate::{
    host::{Host, NoHost},
    view::{Kind, View},
};

struct Answer(Result<&'static str, &'static str>);

impl Host for Answer {
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        assert_eq!((namespace, operation), ("kubernetes", "get_resource"));
        let payload = std::str::from_utf8(payload).unwrap();
        assert!(payload.starts_with(r#"{"api_version":""#), "{payload}");
        self.0.map(|answer| answer.as_bytes().to_vec()).map_err(str::to_owned)
    }
}

fn template(requests: &'static str) -> Answer {
    Answer(Ok(requests))
}

#[rstest]
#[case::efa(
    template(
        r#"{"spec": {"spec": {"devices": {"requests": [
        {"name": "efa", "exactly": {"deviceClassName": "efa.networking.k8s.aws", "count": 32}},
        {"name": "gpu", "exactly": {"deviceClassName": "gpu.nvidia.com", "count": 8}}]}}}}"#
    ),
    Claimed::Count(32)
)]
#[case::none_for_efa(
    template(r#"{"spec": {"spec": {"devices": {"requests": [{"exactly": {"deviceClassName": "gpu.nvidia.com"}}]}}}}"#),
    Claimed::Count(0)
)]
#[case::in_the_older_form(
    template(r#"{"spec": {"spec": {"devices": {"requests": [{"deviceClassName": "efa.networking.k8s.aws", "count": 4}]}}}}"#),
    Claimed::Count(4)
)]
#[case::a_class_of_an_administrators(
    template(r#"{"spec": {"spec": {"devices": {"requests": [
        {"exactly": {"deviceClassName": "efa.networking.k8s.aws"}}, {"exactly": {"deviceClassName": "multinic"}}]}}}}"#),
    Claimed::Unknown
)]
#[case::all_of_them(
    template(
        r#"{"spec": {"spec": {"devices": {"requests": [
        {"exactly": {"deviceClassName": "efa.networking.k8s.aws", "allocationMode": "All"}}]}}}}"#
    ),
    Claimed::Unknown
)]
#[case::one_of_several(
    template(r#"{"spec": {"spec": {"devices": {"requests": [{"firstAvailable": [{"deviceClassName": "a"}]}]}}}}"#),
    Claimed::Unknown
)]
#[case::unreachable(Answer(Err("kube::Client was not initialized properly")), Claimed::Unreachable)]
#[case::unreadable(template("<html>"), Claimed::Unreachable)]
fn what_claims_ask_for(#[case] answer: Answer, #[case] expected: Claimed) {
    let pod =
        r#"{"spec": {"resourceClaims": [{"name": "efa", "resourceClaimTemplateName": "efa"}]}}"#;
    asks(pod, &answer, expected);
}

#[rstest]
#[case::efa("efa.networking.k8s.aws", Claimed::Count(1))]
#[case::none_for_efa("gpu.nvidia.com", Claimed::Count(0))]
fn what_a_standing_claim_asks_for(#[case] class: &str, #[case] expected: Claimed) {
    let claim = format!(
        r#"{{"spec": {{"devices": {{"requests": [{{"exactly": {{"deviceClassName": "{class}"}}}}]}}}}}}"#
    );
    let pod = r#"{"spec": {"resourceClaims": [{"name": "efa", "resourceClaimName": "efa"}]}}"#;
    asks(pod, &Answer(Ok(claim.leak())), expected);
}

#[test]
fn a_claim_of_neither_is_unknown() {
    asks(r#"{"spec": {"resourceClaims": [{"name": "efa"}]}}"#, &template("{}"), Claimed::Unknown);
}

fn asks(pod: &str, answer: &Answer, expected: Claimed) {
    let view = View::read(Kind::Pod, pod).unwrap();
    let claims = |may| claims(&view.pods()[0], "ml", &Cluster::new(answer, may)).efa;
    assert_eq!((claims(true), claims(false)), (expected, Claimed::Unknown));
}

/// The pod's own GPUs, and the least number of GPUs on its node.
#[rstest]
#[case::eight(r#"{"exactly": {"deviceClassName": "gpu.nvidia.com", "count": 8}}"#, (Claimed::Count(8), 8))]
#[case::one(r#"{"exactly": {"deviceClassName": "gpu.nvidia.com"}}"#, (Claimed::Count(1), 1))]
#[case::in_the_older_form(r#"{"deviceClassName": "gpu.nvidia.com", "count": 4}"#, (Claimed::Count(4), 4))]
#[case::added_up(
    r#"{"exactly": {"deviceClassName": "gpu.nvidia.com", "count": 3}},
       {"exactly": {"deviceClassName": "gpu.nvidia.com", "count": 4}},
       {"exactly": {"deviceClassName": "mig.nvidia.com"}}"#,
    (Claimed::Count(7), 7)
)]
#[case::parts_of_one(r#"{"exactly": {"deviceClassName": "mig.nvidia.com", "count": 7}}"#, (Claimed::Count(0), 0))]
#[case::all_of_them(
    r#"{"exactly": {"deviceClassName": "gpu.nvidia.com", "allocationMode": "All"}}"#,
    (Claimed::Unknown, 1)
)]
#[case::only_looked_at(
    r#"{"exactly": {"deviceClassName": "gpu.nvidia.com", "adminAccess": true}}"#,
    (Claimed::Unknown, 1)
)]
#[case::of_a_virtual_machine(r#"{"exactly": {"deviceClassName": "vfio.gpu.nvidia.com"}}"#, (Claimed::Unknown, 0))]
#[case::beside_what_is_not_known(
    r#"{"exactly": {"deviceClassName": "gpu.nvidia.com", "count": 8}}, {"exactly": {"deviceClassName": "multinic"}}"#,
    (Claimed::Unknown, 8)
)]
#[case::alternatives_that_agree(
    r#"{"firstAvailable": [{"deviceClassName": "gpu.nvidia.com", "count": 2, "selectors": [{}]},
        {"deviceClassName": "gpu.nvidia.com", "count": 2}]}"#,
    (Claimed::Count(2), 2)
)]
#[case::alternatives_that_differ(
    r#"{"firstAvailable": [{"deviceClassName": "gpu.nvidia.com", "count": 2},
        {"deviceClassName": "gpu.nvidia.com", "count": 4}]}"#,
    (Claimed::Unknown, 2)
)]
#[case::or_parts_of_one(
    r#"{"firstAvailable": [{"deviceClassName": "gpu.nvidia.com"}, {"deviceClassName": "mig.nvidia.com"}]}"#,
    (Claimed::Unknown, 0)
)]
fn gpus(#[case] requests: &str, #[case] expected: (Claimed, u64)) {
    let answer = format!(r#"{{"spec": {{"spec": {{"devices": {{"requests": [{requests}]}}}}}}}}"#);
    let pod =
        r#"{"spec": {"resourceClaims": [{"name": "gpu", "resourceClaimTemplateName": "gpu"}]}}"#;
    assert_eq!(gpus_of(pod, answer.leak()), expected);
}

fn gpus_of(pod: &str, answer: &'static str) -> (Claimed, u64) {
    let view = View::read(Kind::Pod, pod).unwrap();
    let host = Answer(Ok(answer));
    let claims = claims(&view.pods()[0], "ml", &Cluster::new(&host, true));
    (claims.gpus, claims.node_gpus)
}

/// Each pod of a template has devices of its own; those of an existing claim are counted once.
#[rstest]
#[case::templates(
    r#"{"resourceClaimTemplateName": "gpus"}, {"resourceClaimTemplateName": "gpus"}"#,
    (Claimed::Count(8), 8)
)]
#[case::one_claim_by_two_names(
    r#"{"name": "a", "resourceClaimName": "gpus"}, {"name": "b", "resourceClaimName": "gpus"}"#,
    (Claimed::Unknown, 4)
)]
#[case::two_claims(
    r#"{"resourceClaimName": "gpus"}, {"resourceClaimName": "more"}"#,
    (Claimed::Unknown, 8)
)]
fn of_several_claims(#[case] claims: &str, #[case] expected: (Claimed, u64)) {
    const FOUR: &str = r#"{"devices": {"requests": [{"exactly": {"deviceClassName": "gpu.nvidia.com", "count": 4}}]}}"#;
    let answer = match claims.contains("Template") {
        true => format!(r#"{{"spec": {{"spec": {FOUR}}}}}"#),
        false => format!(r#"{{"spec": {FOUR}}}"#),
    };
    let pod = format!(r#"{{"spec": {{"resourceClaims": [{claims}]}}}}"#);
    assert_eq!(gpus_of(&pod, answer.leak()), expected);
}

/// The kind of devices of a class with another name, by its selectors.
#[rstest]
#[case::whole(
    "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu'",
    (Claimed::Count(0), Claimed::Count(1))
)]
#[case::in_other_quotes(
    r#"device.driver == \"gpu.nvidia.com\" && device.attributes[\"gpu.nvidia.com\"].type == \"gpu\""#,
    (Claimed::Count(0), Claimed::Count(1))
)]
#[case::parts(
    "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'mig'",
    (Claimed::Count(0), Claimed::Count(0))
)]
#[case::either("device.driver == 'gpu.nvidia.com'", (Claimed::Count(0), Claimed::Unknown))]
#[case::neither(
    "!(device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu')",
    (Claimed::Unknown, Claimed::Unknown)
)]
#[case::efa(
    "device.driver == 'dra.net' && device.attributes['dra.net'].pciDevice == 'Elastic Fabric Adapter (EFA)'",
    (Claimed::Count(1), Claimed::Count(0))
)]
fn by_selectors(#[case] cel: &str, #[case] expected: (Claimed, Claimed)) {
    let class = format!(r#"{{"spec": {{"selectors": [{{"cel": {{"expression": "{cel}"}}}}]}}}}"#);
    let claim = r#"{"devices": {"requests": [{"exactly": {"deviceClassName": "fast"}}]}}"#;
    let host = Answer(Ok(class.leak()));
    let claim = Claim::read(&mut Reader::new(claim)).unwrap();
    let Claims { efa, gpus, .. } = claimed(&claim, &Cluster::new(&host, true));
    assert_eq!((efa, gpus), expected);
}

#[rstest]
#[case::of_the_class_of_efa(
    "deviceclass.resource.kubernetes.io/efa.networking.k8s.aws",
    Claimed::Count(8)
)]
#[case::of_another_class("deviceclass.resource.kubernetes.io/gpu.nvidia.com", Claimed::Count(0))]
#[case::of_a_class_of_an_administrators(
    "deviceclass.resource.kubernetes.io/fast",
    Claimed::Unknown
)]
#[case::behind_which_any_class_may_be("example.com/fast", Claimed::Unknown)]
#[case::a_mig_device("nvidia.com/mig-1g.5gb", Claimed::None)]
#[case::memory("memory", Claimed::None)]
fn what_extended_resources_stand_for(#[case] name: &str, #[case] expected: Claimed) {
    let pod = format!(
        r#"{{"spec": {{"containers": [{{"resources": {{"limits": {{"{name}": 8}}}}}}]}}}}"#
    );
    let view = View::read(Kind::Pod, &pod).unwrap();
    let cluster = Cluster::new(&NoHost, false);
    assert_eq!(claims(&view.pods()[0], "ml", &cluster).efa, expected);
}
