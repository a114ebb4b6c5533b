//! The recorded calls of the host.

use std::{collections::VecDeque, sync::Mutex};

use anyhow::Result;
use eks_aiml_networking::Host;
use serde::Deserialize;

/// A call of the host, and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The call, as kwctl writes it.
    pub request: String,
    /// The payload of the answer, or the host's error.
    pub response: Result<String, String>,
}

#[derive(Deserialize)]
struct Recorded {
    request: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Response {
    Success { payload: String },
    Error { message: String },
}

/// Reads a recording of kwctl.
pub(super) fn exchanges(text: &str) -> Result<Vec<Exchange>> {
    let recorded: Vec<Recorded> = yaml_serde::from_str(text)?;
    let exchange = |recorded: Recorded| Exchange {
        request: recorded.request,
        response: match recorded.response {
            Response::Success { payload } => Ok(payload),
            Response::Error { message } => Err(message),
        },
    };
    Ok(recorded.into_iter().map(exchange).collect())
}

/// A host that gives recorded answers in their order, whatever the call. The runner's test of the corpus
/// and kwctl check the calls too.
#[derive(Debug)]
pub struct Replay(Mutex<VecDeque<Exchange>>);

impl Replay {
    /// Makes a host with these answers.
    pub fn of(exchanges: Vec<Exchange>) -> Self {
        Self(Mutex::new(exchanges.into()))
    }
}

impl Host for Replay {
    fn call(&self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        let exchange = self.0.lock().unwrap().pop_front().ok_or("nothing is recorded")?;
        exchange.response.map(String::into_bytes)
    }
}
