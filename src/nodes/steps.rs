//! How the constraints of a placement narrow the types, one after the other: for showing it to a
//! person. The rules need only what is left.

use super::{Constraint, Placement};

/// What one constraint takes of the types.
#[derive(Clone, Copy, Debug)]
pub struct Step<'p, 'v> {
    /// The constraint.
    pub constraint: &'p Constraint<'v>,
    /// Whether it counts. A node without a provisioner's labels meets whatever asks for their
    /// absence, unless another constraint demands them.
    pub applies: bool,
    /// How many types it removes of all.
    pub alone: u32,
    /// How many it removes of those that the constraints before it leave.
    pub in_turn: u32,
    /// How many it leaves.
    pub left: u32,
}

impl<'v> Placement<'v> {
    /// The steps of each alternative: first what holds for all of them, then its own constraints.
    pub fn steps(&self) -> Vec<Vec<Step<'_, 'v>>> {
        let steps = |branch| {
            let applying = self.applying(branch, &|_, _| true);
            let applying: Vec<usize> = applying.map(|(index, _)| index).collect();
            let mut left = self.catalog.all().clone();
            let step = |(index, constraint): (usize, _)| {
                let constraint: &Constraint<'v> = constraint;
                let applies = applying.contains(&index);
                let before = left.len();
                let mut alone = 0;
                if applies {
                    alone = self.catalog.all().minus(&constraint.types).len();
                    left = left.and(&constraint.types);
                }
                Step { constraint, applies, alone, in_turn: before - left.len(), left: left.len() }
            };
            self.of_branch(branch).map(step).collect()
        };
        self.branches.iter().map(steps).collect()
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
        let arm = all - placement.constraints()[0].types.len();
        let told: Vec<Vec<(bool, u32, u32, u32)>> = placement
            .steps()
            .iter()
            .map(|steps| steps.iter().map(|s| (s.applies, s.alone, s.in_turn, s.left)).collect())
            .collect();
        assert_eq!(
            told,
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
