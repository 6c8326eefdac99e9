//! The tags of a definition into the rules they break (ecs-rules.md, Task size).

use super::{
    rule::Rule,
    violation::{Subject, Violation},
};
use crate::ecs::task_definition::{Tag, TaskDefinition};

pub(super) fn check(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let tags = &definition.tags;
    if tags.len() > 50 {
        let message = format!("the task has {} tags; 50 are allowed", tags.len());
        out.push(Violation::new(Rule::Tag, Subject::task("tags"), message));
    }
    for (item, tag) in tags.iter().enumerate() {
        let message = if tags[..item].iter().any(|other| other.key == tag.key) {
            Some(format!("the tag `{}` is set twice", tag.key))
        } else {
            bad_tag(tag)
        };
        let subject = Subject::Task { field: Some("tags"), item: Some(item) };
        out.extend(message.map(|message| Violation::new(Rule::Tag, subject, message)));
    }
}

fn bad_tag(tag: &Tag) -> Option<String> {
    let (key, value) = (tag.key.chars().count(), tag.value.chars().count());
    if !(1..=128).contains(&key) {
        Some(format!("the key of a tag has {key} characters, but has to have 1 to 128"))
    } else if tag.key.to_lowercase().starts_with("aws:") {
        Some(format!("the tag `{}` starts with `aws:`, which AWS keeps for itself", tag.key))
    } else {
        (value > 256).then(|| {
            format!("the value of the tag `{}` has {value} characters; 256 are allowed", tag.key)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        Tag, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    fn tag(t: &mut TaskDefinition, key: &str, value: &str) {
        t.tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (|t| tag(t, &"k".repeat(128), &"v".repeat(256)), &[]),
        (
            |t| (0..51).for_each(|number| tag(t, &number.to_string(), "")),
            &["tag tags: the task has 51 tags; 50 are allowed"],
        ),
        (
            |t| {
                tag(t, "AWS:branch", "x");
                tag(t, "", "x");
                tag(t, "branch", &"v".repeat(257));
                tag(t, "branch", "x");
            },
            &[
                "tag tags[0]: the tag `AWS:branch` starts with `aws:`, which AWS keeps for itself",
                "tag tags[1]: the key of a tag has 0 characters, but has to have 1 to 128",
                "tag tags[2]: the value of the tag `branch` has 257 characters; 256 are allowed",
                "tag tags[3]: the tag `branch` is set twice",
            ],
        ),
    ];

    #[test]
    fn tags_keep_to_the_limits_of_aws() {
        check_all(CASES);
    }
}
