//! Policies from a registry: which ones are run, which are refused, and whether Kubewarden's own tool and
//! the runner accept each other's pushes.
#![cfg(feature = "module")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

mod common;
#[path = "common/registry.rs"]
mod server;

use std::{fs, net::TcpListener, path::Path, process::Command};

use common::{Ran, admit, run};
use oci_client::{
    manifest::{OciImageIndex, OciManifest, WASM_LAYER_MEDIA_TYPE},
    secrets::RegistryAuth,
};
use rstest::rstest;
use server::{Registry, skipped};
use testkit::files::{root, write as file};

const POD: &str = "examples/aws-example-pod.yaml";

fn module() -> Vec<u8> {
    fs::read(root().join("policy.wasm")).unwrap()
}

/// Checks AWS's example pod with a policy; `docker` is the folder of docker's configuration.
fn judge(policy: &str, docker: &Path) -> Ran {
    let mut command = admit(&["--policy", policy, POD]);
    command.env("DOCKER_CONFIG", docker);
    for proxy in
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    {
        command.env_remove(proxy);
    }
    run(&mut command)
}

fn assert_denied(ran: &Ran) {
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("  deny  node-unsatisfiable "), "{}", ran.stdout);
}

fn assert_refused(ran: &Ran, message: &str) {
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains(message), "{message}\n{}", ran.stderr);
}

#[test]
fn a_pushed_policy_is_run_by_its_tag_and_by_its_digest() {
    let Some(registry) = Registry::start(None) else { return };
    registry.push("owner/policy:v1", &module());
    let nowhere = registry.folder.path();
    let address = &registry.address;
    assert_denied(&judge(&format!("registry://{address}/owner/policy:v1"), nowhere));

    let digest = registry.digest("owner/policy:v1");
    assert_denied(&judge(&format!("registry://{address}/owner/policy@{digest}"), nowhere));
}

#[test]
fn what_is_no_policy_is_refused_and_told() {
    let Some(registry) = Registry::start(None) else { return };
    let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
    let wasm = WASM_LAYER_MEDIA_TYPE;
    let module = module();
    registry.push("policy:v1", &module);
    registry.push("text:v1", b"not wasm");
    registry.push_layers("image:v1", &[(b"layer", tar)], |_| ());
    registry.push_layers("several:v1", &[(b"one", wasm), (b"two", wasm)], |_| ());
    registry.push_layers("large:v1", &[(b"module", wasm)], |manifest| {
        manifest.layers[0].size = 1 << 40;
    });
    registry.push_layers("negative:v1", &[(b"module", wasm)], |manifest| {
        manifest.layers[0].size = -1;
    });
    registry.push_layers("longer:v1", &[(&module, wasm)], |manifest| {
        manifest.layers[0].size -= 1;
    });
    let index = OciImageIndex {
        schema_version: 2,
        media_type: Some("application/vnd.oci.image.index.v1+json".to_owned()),
        manifests: Vec::new(),
        artifact_type: None,
        annotations: None,
    };
    registry.push_manifest("index:v1", &OciManifest::ImageIndex(index));
    let changed = registry.push("changed:v1", b"\0asm as it was pushed");
    fs::write(registry.blob(&changed), b"\0asm as it was stored").unwrap();
    let cut = registry.push("cut:v1", b"\0asm that is not whole any more");
    fs::write(registry.blob(&cut), b"\0asm").unwrap();
    let lost = registry.push("lost:v1", b"\0asm that is lost");
    fs::remove_file(registry.blob(&lost)).unwrap();

    let missing = "has no artifact with this name; check the repository and the tag";
    for (name, message) in [
        ("policy:v2", missing),
        ("no-policy:v1", missing),
        ("policy@sha256:0000000000000000000000000000000000000000000000000000000000000000", missing),
        ("text:v1", "is not a policy module: it is not a WebAssembly module"),
        (
            "image:v1",
            "this is not a policy: its layer has the type `application/vnd.oci.image.layer.v1.tar+gzip`, not `application/vnd.wasm.content.layer.v1+wasm`; push a policy with `kwctl push`",
        ),
        ("several:v1", "this is not a policy: it has 2 layers, a policy has one"),
        ("large:v1", "its manifest says 1099511627776 bytes; the maximum is 67108864"),
        ("negative:v1", "its manifest says -1 bytes; the maximum is 67108864"),
        ("longer:v1", "sent more bytes than its manifest says"),
        ("index:v1", "this is not a policy but an index of images"),
        ("changed:v1", &format!("not `{changed}`")),
        ("cut:v1", &format!("not `{cut}`")),
        ("lost:v1", "has the manifest but not the layer; push the policy again"),
    ] {
        let policy = format!("registry://{}/{name}", registry.address);
        let ran = judge(&policy, registry.folder.path());
        assert_refused(&ran, message);
        assert!(ran.stderr.contains(&policy), "{}", ran.stderr);
    }
}

#[test]
fn credentials_come_from_dockers_configuration() {
    // A line from `htpasswd -nbB user correct`.
    let users = "user:$2b$04$kubewardenadmitpolicyOXPa0b9FQ51mcKh2LLbqZAK.jQxgslYu\n";
    let Some(mut registry) = Registry::start(Some(users)) else { return };
    registry.auth = RegistryAuth::Basic("user".to_owned(), "correct".to_owned());
    registry.push("policy:v1", &module());
    let address = &registry.address;
    let policy = format!("registry://{address}/policy:v1");
    let docker = tempfile::tempdir().unwrap();
    let configured = |text: &str| file(docker.path(), "config.json", text);

    let login = format!("check the name, or run `docker login {address}`");
    let anonymous = |why| format!("`{address}` denies access without credentials ({why}); {login}");
    let unread = anonymous("can't read docker's configuration");
    assert_refused(&judge(&policy, docker.path()), &unread);
    configured("{");
    assert_refused(&judge(&policy, docker.path()), &unread);
    configured("{}");
    let none = anonymous("docker's configuration has none for this registry");
    assert_refused(&judge(&policy, docker.path()), &none);
    let authorised = |pair: &str| {
        let auth = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair);
        format!(r#"{{"auths": {{"{address}": {{"auth": "{auth}"}}}}}}"#)
    };
    configured(&authorised("user:wrong"));
    assert_refused(
        &judge(&policy, docker.path()),
        &format!("`{address}` denies access to `user` (from docker's configuration); {login}"),
    );
    configured(&authorised("user:correct"));
    assert_denied(&judge(&policy, docker.path()));
}

#[test]
fn kwctl_and_the_runner_take_what_the_other_pushes() {
    let Some(registry) = Registry::start(None) else { return };
    let address = &registry.address;
    let kwctl = |arguments: &[&str]| {
        let mut kwctl = Command::new("kwctl");
        kwctl.current_dir(root()).args(arguments);
        kwctl.output()
    };
    let folder = registry.folder.path();
    let sources = file(folder, "sources.yml", &format!("insecure_sources: ['{address}']\n"));
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (annotated, pulled) = (path("annotated.wasm"), path("pulled.wasm"));
    let Ok(ran) = kwctl(&["annotate", "-m", "metadata.yml", "-o", &annotated, "policy.wasm"])
    else {
        return skipped("kwctl is not installed");
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    let theirs = format!("registry://{address}/theirs:v1");
    let ran = kwctl(&["push", "--sources-path", &sources, &annotated, &theirs]).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_denied(&judge(&theirs, registry.folder.path()));

    let ours = format!("registry://{address}/ours:v1");
    let annotated = fs::read(&annotated).unwrap();
    registry.push("ours:v1", &annotated);
    let ran = kwctl(&["pull", "--sources-path", &sources, "-o", &pulled, &ours]).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(fs::read(&pulled).unwrap() == annotated, "kwctl pulled other bytes than were pushed");
}

#[test]
fn a_registry_that_is_not_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let ran = judge(&format!("registry://{address}/policy:v1"), root());
    assert_refused(
        &ran,
        &format!(
            "error: can't pull the policy registry://{address}/policy:v1: can't reach `{address}`: "
        ),
    );
}

#[rstest]
#[case(
    "registry://",
    "repository name must have at least one component; write registry://HOST/REPOSITORY:TAG or registry://HOST/REPOSITORY@sha256:DIGEST"
)]
#[case("registry://registry.example/Policy:v1", "invalid reference format; write registry://")]
#[case("registry://registry.example/policy@sha256:12", "; write registry://")]
#[case(
    "https://registry.example/policy.wasm",
    "only files and registry:// work here; download it first"
)]
fn a_place_that_can_not_be_read_is_refused_before_anything_else(
    #[case] policy: &str,
    #[case] message: &str,
) {
    assert_refused(&judge(policy, root()), message);
}
