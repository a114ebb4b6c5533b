//! Changes to an object, of which a repair consists.

use std::{borrow::Cow, cell::RefCell};

use crate::{json, sort::Sorted};

/// A change to the object. Missing objects on the way to the place are created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a value at a place.
    Set {
        /// The place, as a JSON Pointer; a last segment `-` appends to a list.
        place: String,
        /// The value, as JSON text.
        json: String,
    },
    /// Inserts a value into a list, before the item at a place.
    Insert {
        /// The place, as a JSON Pointer.
        place: String,
        /// The value, as JSON text.
        json: String,
    },
    /// Removes the value at a place.
    Remove {
        /// The place, as a JSON Pointer.
        place: String,
    },
}

/// The edits of a finding; an error if one of their values can't be written as JSON.
pub type Edits = Result<Vec<Edit>, serde_json::Error>;

/// The lists of a pod's spec whose items have a name as their key: `kubectl apply` leaves items alone
/// that it did not write (`patchMergeKey`, k8s.io/api core/v1). Any other list it replaces as a whole.
const NAMED: [&str; 7] = [
    "containers",
    "env",
    "ephemeralContainers",
    "imagePullSecrets",
    "initContainers",
    "volumeMounts",
    "volumes",
];

impl Edit {
    /// Puts a text at `place`.
    pub fn set_text(place: String, text: &str) -> Self {
        Self::Set { place, json: json::string(text) }
    }

    /// Puts an object of Kubernetes at `place`.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    pub fn set(place: String, value: &impl serde::Serialize) -> serde_json::Result<Self> {
        Ok(Self::Set { place, json: serde_json::to_string(value)? })
    }

    /// The place that it changes, as a JSON Pointer.
    pub fn place(&self) -> &str {
        match self {
            Self::Set { place, .. } | Self::Insert { place, .. } | Self::Remove { place } => place,
        }
    }
}

/// A pod as it was sent, in which everything must stay.
#[derive(Debug)]
pub struct Sent<'o> {
    object: &'o str,
    /// The members of what edits have been looked for in, by its place.
    members: RefCell<Sorted<String, Members<'o>>>,
}

type Members<'o> = Sorted<Cow<'o, str>, &'o str>;

/// The members of an object or a list; of two with the same key the last.
fn members(value: &str) -> Members<'_> {
    let mut members = Members::default();
    for (key, inner) in json::members(value) {
        if let Some(member) = members.get_or_insert_with(key, || inner) {
            *member = inner;
        }
    }
    members
}

impl<'o> Sent<'o> {
    /// The pod of this text.
    pub fn new(object: &'o str) -> Self {
        Self { object, members: RefCell::default() }
    }

    /// `true` if an edit only adds to the pod. A manifest can then be applied again: the API server
    /// refuses any other change to a pod.
    pub fn is_only_added_to(&self, edit: &Edit) -> bool {
        let Edit::Set { place, .. } = edit else { return false };
        let mut members = self.members.borrow_mut();
        let (mut value, mut at, mut is_named) = (self.object, String::new(), false);
        for segment in json::segments(place) {
            if value.starts_with('[') && !is_named {
                return false;
            }
            let known = members.get_or_insert_with(at.clone(), || self::members(value));
            match known.and_then(|known| known.get(&*segment)) {
                Some((_, inner)) if *inner != "null" => value = inner,
                _ => return true,
            }
            is_named = NAMED.contains(&&*segment);
            at = json::join(&at, &segment);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const POD: &str = r#"{"spec": {
        "nodeSelector": {"a": "b"},
        "tolerations": [],
        "affinity": {"nodeAffinity": null},
        "containers": [{"env": [], "args": ["x"], "resources": {"limits": {"cpu": "1"}}}]
    }}"#;

    #[rstest]
    #[case::a_member("/spec/nodeSelector/c", true)]
    #[case::what_is_missing("/spec/containers/0/resources/requests/cpu", true)]
    #[case::what_is_null(
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0",
        true
    )]
    #[case::a_variable("/spec/containers/0/env/-", true)]
    #[case::another_value("/spec/nodeSelector/a", false)]
    #[case::another_limit("/spec/containers/0/resources/limits/cpu", false)]
    #[case::an_argument("/spec/containers/0/args/-", false)]
    #[case::a_toleration("/spec/tolerations/-", false)]
    fn what_is_set_adds(#[case] place: &str, #[case] adds: bool) {
        let edit = Edit::set_text(place.to_owned(), "1");
        assert_eq!(Sent::new(POD).is_only_added_to(&edit), adds);
    }

    #[test]
    fn what_is_removed_does_not() {
        let place = "/spec/nodeSelector/a".to_owned();
        assert!(!Sent::new(POD).is_only_added_to(&Edit::Remove { place }));
    }
}
