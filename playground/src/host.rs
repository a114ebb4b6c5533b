//! Host capabilities, provided by a function of the page.

use eks_aiml_networking::Host;
use js_sys::{JsString, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Answers calls of host capabilities; if it throws, the call is refused.
    #[wasm_bindgen(
        typescript_type = "(namespace: string, operation: string, payload: Uint8Array) => Uint8Array"
    )]
    #[derive(Debug)]
    pub type Answers;
}

impl Host for Answers {
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let answers: &js_sys::Function = self.unchecked_ref();
        let payload = Uint8Array::from(payload);
        let said = |thrown: JsValue| match thrown.dyn_into::<js_sys::Error>() {
            Ok(error) => String::from(error.message()),
            Err(thrown) => thrown.dyn_into::<JsString>().map_or_else(|_| String::new(), Into::into),
        };
        let answer = answers.call3(&JsValue::NULL, &namespace.into(), &operation.into(), &payload);
        Ok(answer.map_err(said)?.unchecked_into::<Uint8Array>().to_vec())
    }
}
