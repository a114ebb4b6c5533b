//! Shows how the constraints of a placement narrow the types one after the other, for display; rules
//! only need the result.

use super::{Alternative, Constraint, Keep, Placement, alternative::is_among};

/// The types that one constraint removes.
#[derive(Clone, Copy, Debug)]
pub struct Step<'p, 'v> {
    /// The constraint.
    pub constraint: &'p Constraint<'v>,
    /// `true` if it can exclude a type. A node without a provisioner's labels meets every demand for
    /// their absence, unless another constraint demands the labels.
    pub applies: bool,
    /// The number of types that it removes from the whole table.
    pub alone: u32,
    /// The number that it removes from the types that the constraints before it leave.
    pub in_turn: u32,
    /// The number of types that remain after it.
    pub left: u32,
}

impl<'v> Placement<'v> {
    /// The steps of each alternative: first the shared constraints, then its own.
    pub fn steps(&self) -> Vec<Vec<Step<'_, 'v>>> {
        self.alternatives().map(Alternative::steps).collect()
    }
}

impl<'p, 'v> Alternative<'p, 'v> {
    fn steps(self) -> Vec<Step<'p, 'v>> {
        let applying: Vec<_> = self.applying(Keep::All).collect();
        let mut left = self.catalog.all().clone();
        let step = |constraint: &'p Constraint<'v>| {
            let applies = is_among(&applying, constraint);
            let before = left.len();
            let mut alone = 0;
            if applies {
                alone = self.catalog.all().minus(&constraint.types).len();
                left = left.and(&constraint.types);
            }
            Step { constraint, applies, alone, in_turn: before - left.len(), left: left.len() }
        };
        self.constraints().map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        nodes::Placement,
        settings::Settings,
        view::{Kind, View},
    };

    #[test]
    fn each_alternative_is_narrowed_by_itself() {
        let pod = r#"{"spec": {
            "nodeSelector": {"kubernetes.io/arch": "amd64"},
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
              "nodeSelectorTerms": [
                {"matchExpressions": [
                  {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "DoesNotExist"},
                  {"key": "node.kubernetes.io/instance-type", "operator": "In",
                   "values": ["m5.large", "m6g.large"]}]},
                {"matchExpressions": [
                  {"key": "node.kubernetes.io/instance-type", "operator": "In",
                   "values": ["p5.48xlarge"]}]}]}}}}}"#;
        let view = View::read(Kind::Pod, pod).unwrap();
        let settings = Settings::read(None).unwrap();
        let placement = Placement::of(&view.pods()[0], &settings);
        let all = settings.catalog.all().len();
        let arm = all - placement.constraints().next().unwrap().types.len();
        let narrowed: Vec<Vec<(bool, u32, u32, u32)>> = placement
            .steps()
            .iter()
            .map(|steps| steps.iter().map(|s| (s.applies, s.alone, s.in_turn, s.left)).collect())
            .collect();
        assert_eq!(
            narrowed,
            [
                vec![
                    (true, arm, arm, all - arm),
                    (false, 0, 0, all - arm),
                    (true, all - 2, all - arm - 1, 1)
                ],
                vec![(true, arm, arm, all - arm), (true, all - 1, all - arm - 1, 1)],
            ]
        );
    }
}
