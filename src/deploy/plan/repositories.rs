//! Which images of a repository are kept.

use serde_json::{Value, json};

use super::Planning;
use crate::deploy::action::Step;
use crate::stack::Repository;

/// Plans the lifecycle policies of repositories.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    for (name, current) in &observed.lifecycle_policies {
        let wanted = stack.repositories.iter().filter(|it| it.name == *name);
        match lifecycle_policy(wanted, current) {
            Ok(Some(policy)) => {
                let kept = stack.repositories.iter().filter(|it| it.name == *name);
                let details = kept.map(|it| {
                    format!(
                        "keeps the newest {} of the tags that begin with `{}`",
                        it.keep, it.tag_prefix
                    )
                });
                let details = details.collect();
                let step = Step::PutLifecyclePolicy { repository: name.clone(), policy };
                if current.is_empty() {
                    planning.add_new(step, details);
                } else {
                    planning.add(step, details);
                }
            }
            Ok(None) => {}
            Err(reason) => planning
                .plan
                .warnings
                .push(format!("the lifecycle policy of `{name}` is left as it is: {reason}")),
        }
    }
}

/// The policy of a repository with the wanted rules among those that others wrote. `None` when it is so already; an error
/// when the text cannot be read.
fn lifecycle_policy<'a>(
    wanted: impl Iterator<Item = &'a Repository>,
    current: &str,
) -> Result<Option<String>, String> {
    const MARK: &str = "compose2ecs: ";
    let current: Value = match current {
        "" => json!({ "rules": [] }),
        text => serde_json::from_str(text).map_err(|error| error.to_string())?,
    };
    let rules = current["rules"].as_array().cloned().ok_or("it has no `rules`")?;
    let is_ours = |it: &Value| it["description"].as_str().is_some_and(|it| it.starts_with(MARK));
    let (ours, mut others): (Vec<Value>, Vec<Value>) = rules.into_iter().partition(is_ours);
    let rule = |it: &Repository| {
        json!({
            "description": format!("{MARK}the newest {} of {}", it.keep, it.tag_prefix),
            "selection": {
                "tagStatus": "tagged",
                "tagPrefixList": [it.tag_prefix],
                "countType": "imageCountMoreThan",
                "countNumber": it.keep,
            },
            "action": { "type": "expire" },
        })
    };
    let wanted: Vec<Value> = wanted.map(rule).collect();
    let without_priority = |it: &Value| {
        let mut it = it.clone();
        if let Some(object) = it.as_object_mut() {
            object.shift_remove("rulePriority");
        }
        it
    };
    let same = ours.len() == wanted.len()
        && wanted.iter().all(|it| ours.iter().any(|own| without_priority(own) == *it));
    if same {
        return Ok(None);
    }
    // ECR wants a rule for all images behind all others.
    others.sort_by_key(|it| it["rulePriority"].as_i64());
    let (any, tagged): (Vec<Value>, Vec<Value>) =
        others.into_iter().partition(|it| it["selection"]["tagStatus"] == "any");
    let all = tagged.into_iter().chain(wanted).chain(any).enumerate().map(|(index, mut rule)| {
        rule["rulePriority"] = json!(index + 1);
        rule
    });
    Ok(Some(json!({ "rules": all.collect::<Vec<_>>() }).to_string()))
}

#[cfg(test)]
mod tests {
    use super::lifecycle_policy;
    use crate::stack::Repository;
    use serde_json::{Value, json};

    #[test]
    fn rules_that_others_wrote_stay_and_one_for_all_images_is_last() {
        let wanted = [Repository { name: "app".to_owned(), tag_prefix: "stg".to_owned(), keep: 1 }];
        let theirs = json!({ "rules": [
            { "rulePriority": 1, "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100 }, "action": { "type": "expire" } },
        ] });
        let policy =
            lifecycle_policy(wanted.iter(), &theirs.to_string()).unwrap().expect("it changes");
        let read: Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(read["rules"][0]["selection"]["tagPrefixList"], json!(["stg"]));
        assert_eq!(read["rules"][0]["rulePriority"], 1);
        assert_eq!(read["rules"][1]["selection"]["tagStatus"], "any");
        assert_eq!(read["rules"][1]["rulePriority"], 2);
        assert_eq!(lifecycle_policy(wanted.iter(), &policy), Ok(None));
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_left_alone() {
        assert!(lifecycle_policy([].iter(), "not JSON").is_err());
    }
}
