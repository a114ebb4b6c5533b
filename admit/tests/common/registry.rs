//! A registry on this machine, for the duration of a test.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use oci_client::{
    Client, Reference,
    client::{ClientConfig, ClientProtocol, Config, ImageLayer},
    manifest::{OciImageManifest, OciManifest, WASM_CONFIG_MEDIA_TYPE, WASM_LAYER_MEDIA_TYPE},
    secrets::RegistryAuth,
};
use tempfile::TempDir;

pub struct Registry {
    process: Child,
    /// Host and port.
    pub address: String,
    pub folder: TempDir,
    pub auth: RegistryAuth,
}

impl Registry {
    /// Starts Debian's docker-registry if it is installed; `htpasswd` lists the users that can log in.
    pub fn start(htpasswd: Option<&str>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut config = format!(
            "version: 0.1\nhttp: {{addr: '127.0.0.1:0'}}\nstorage: {{filesystem: {{rootdirectory: '{}'}}}}\n",
            path("data").display()
        );
        if let Some(htpasswd) = htpasswd {
            fs::write(path("htpasswd"), htpasswd).unwrap();
            let path = path("htpasswd");
            config += &format!("auth: {{htpasswd: {{realm: test, path: '{}'}}}}\n", path.display());
        }
        fs::write(path("config.yml"), config).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(path("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = match process {
            Ok(process) => process,
            Err(error) => {
                skipped(&format!("docker-registry can't be started: {error}"));
                return None;
            }
        };
        // It prints its port once it listens; its output must be read on, or it would block.
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let start = said.len();
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "docker-registry ended: {said}");
            if let Some((_, after)) = said[start..].split_once("listening on ") {
                break after.split(['"', ' ']).next().unwrap().to_owned();
            }
        };
        thread::spawn(move || io::copy(&mut log, &mut io::sink()));
        Some(Self { process, address, folder, auth: RegistryAuth::Anonymous })
    }

    pub fn reference(&self, name: &str) -> Reference {
        format!("{}/{name}", self.address).parse().unwrap()
    }

    /// The file in which the registry keeps the content of a digest.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        let blobs = self.folder.path().join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }

    /// Pushes a module in Kubewarden's format; returns the digest of its layer.
    pub fn push(&self, name: &str, module: &[u8]) -> String {
        self.push_layers(name, &[(module, WASM_LAYER_MEDIA_TYPE)], |_| ())
    }

    /// Pushes layers with these media types, under a manifest that can be changed; returns the digest of
    /// the first layer.
    pub fn push_layers(
        &self,
        name: &str,
        layers: &[(&[u8], &str)],
        change: impl FnOnce(&mut OciImageManifest),
    ) -> String {
        let reference = self.reference(name);
        let layers: Vec<_> = layers
            .iter()
            .map(|(data, media_type)| {
                ImageLayer::new(data.to_vec(), (*media_type).to_owned(), None)
            })
            .collect();
        let config = Config::new(&b"{}"[..], WASM_CONFIG_MEDIA_TYPE.to_owned(), None);
        let mut manifest = OciImageManifest::build(&layers, &config, None);
        let digest = layers[0].sha256_digest();
        run(async {
            let client = client();
            client.push(&reference, &layers, config, &self.auth, None).await.unwrap();
            change(&mut manifest);
            client.push_manifest(&reference, &OciManifest::Image(manifest)).await.unwrap();
        });
        digest
    }

    /// The digest of the manifest of a tag.
    pub fn digest(&self, name: &str) -> String {
        let reference = self.reference(name);
        run(async { client().fetch_manifest_digest(&reference, &self.auth).await.unwrap() })
    }

    pub fn push_manifest(&self, name: &str, manifest: &OciManifest) {
        run(async {
            let client = client();
            client.store_auth_if_needed(&self.address, &self.auth).await;
            client.push_manifest(&self.reference(name), manifest).await.unwrap();
        });
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Prints why a test was skipped, bypassing the test harness, which hides the output of passing tests.
pub fn skipped(why: &str) {
    let test = thread::current();
    let mut error = io::stderr();
    writeln!(error, "{}: skipped: {why}", test.name().unwrap_or_default()).unwrap();
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() };
    Client::try_from(config).unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
