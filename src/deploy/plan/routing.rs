//! Target groups and listener rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::deploy::action::{RuleSpec, Step, TargetGroupSpec, Turn};
use crate::deploy::observed::{Listener, Rule};
use crate::stack::{self, Authentication, Ingress};

use super::{Planning, ownership};

/// How many rules a listener holds beside its default one unless AWS was asked for more.
const RULES: usize = 100;

/// Plans the target group and the rule of each way in.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let mut chosen: Vec<RuleSpec> = Vec::new();
    let ways_in = planning.stack.ingress.iter().enumerate();
    for (index, ingress) in ways_in.filter(|(_, it)| !it.listeners.is_empty()) {
        let Some((rule, listener)) = rule(planning, ingress, &chosen) else { continue };
        target_group(planning, ingress, &listener.vpc);
        planning.routes.insert(index, listener);
        chosen.push(rule);
    }
}

fn target_group(planning: &mut Planning<'_>, ingress: &Ingress, vpc: &str) {
    let spec = TargetGroupSpec {
        name: ingress.target_group.clone(),
        port: ingress.port,
        vpc: vpc.to_owned(),
        health_check: ingress.health_check.clone(),
        tags: planning.tags.clone(),
    };
    let is_planned = planning.plan.actions.iter().any(|it| match &it.step {
        Step::CreateTargetGroup(it) | Step::ModifyTargetGroup { spec: it, .. } => {
            it.name == spec.name
        }
        _ => false,
    });
    if is_planned {
        return;
    }
    let Some(found) = planning.observed.target_groups.get(&spec.name) else {
        let details = vec![format!("port {}, for `{}`", spec.port, ingress.container)];
        return planning.add(Step::CreateTargetGroup(spec), details);
    };
    if let Some(error) = ownership::conflict(
        planning.stack,
        &format!("the target group `{}`", spec.name),
        &found.tags,
    ) {
        planning.errors.push(error);
        return;
    }
    if found.vpc != spec.vpc {
        let message = format!(
            "the target group `{}` is in the network {}, and the load balancer in {}",
            spec.name, found.vpc, spec.vpc
        );
        return planning.refuse(message, "take the environment down once, then up again");
    }
    let wanted = &spec.health_check;
    let mut details = Vec::new();
    let mut compare = |what: &str, wanted: Option<String>, found: &str| {
        if let Some(wanted) = wanted.filter(|it| it != found) {
            details.push(format!("health check {what}: {found} -> {wanted}"));
        }
    };
    compare("path", wanted.path.clone(), &found.health_check_path);
    compare("codes", wanted.matcher.clone(), &found.matcher);
    compare("interval", wanted.interval.map(|it| it.to_string()), &found.interval.to_string());
    if !details.is_empty() {
        planning.add(Step::ModifyTargetGroup { arn: found.arn.clone(), spec }, details);
    }
}

/// Plans the rule of a way in. Returns what is wanted and its listener.
fn rule<'a>(
    planning: &mut Planning<'a>,
    ingress: &Ingress,
    chosen: &[RuleSpec],
) -> Option<(RuleSpec, &'a Listener)> {
    let observed = planning.observed;
    let listeners =
        ingress.listeners.iter().filter_map(|it| observed.listeners.get(&it.to_string()));
    let listeners: Vec<&'a Listener> = listeners.collect();
    let same = |rule: &&Rule| rule.is_for(ingress.host.as_ref(), ingress.path.as_ref());
    for listener in &listeners {
        let Some(found) = listener.rules.iter().find(same) else { continue };
        let spec = spec(planning, ingress, listener, found.priority);
        let tags = found.tags.clone().unwrap_or_default();
        let what =
            format!("the listener's rule for `{}` (priority {})", spec.words(), found.priority);
        if let Some(error) = ownership::conflict(planning.stack, &what, &tags) {
            planning.errors.push(error);
            return None;
        }
        let details = differences(planning, ingress, found);
        if !details.is_empty() {
            modify(planning, found, &spec, details);
        }
        return Some((spec, listener));
    }
    let used = |listener: &Listener| {
        let planned = chosen.iter().filter(|it| it.listener == listener.arn);
        let planned =
            planned.filter(|it| !listener.rules.iter().any(|rule| rule.priority == it.priority));
        listener.rules.len() + planned.count()
    };
    let Some(listener) = listeners.iter().find(|it| used(it) < RULES) else {
        // A listener that is not there is an error already.
        if !listeners.is_empty() {
            planning.refuse(
                format!("all listeners for `{}` hold {RULES} rules", ingress.target_group),
                "take old environments down (`compose2ecs ls`), or give `listener:` a list with another one",
            );
        }
        return None;
    };
    let Some(priority) = priority(planning, ingress, listener, chosen) else {
        let host = ingress.host.as_deref().unwrap_or("*");
        planning.refuse(
            format!("the listener has no free priority before its other rules that take `{host}`"),
            "give those rules a higher number",
        );
        return None;
    };
    let spec = spec(planning, ingress, listener, priority);
    let mut details =
        vec![format!("to the target group `{}`, priority {priority}", spec.target_group)];
    if let [_, _, ..] = listeners.as_slice() {
        let on = |it: &&stack::Listener| observed.listeners.get(&it.to_string()) == Some(listener);
        details.extend(ingress.listeners.iter().find(on).map(|it| format!("on `{it}`")));
    }
    planning.add(Step::CreateRule(spec.clone()), details);
    Some((spec, listener))
}

fn spec(
    planning: &Planning<'_>,
    ingress: &Ingress,
    listener: &Listener,
    priority: u32,
) -> RuleSpec {
    RuleSpec {
        listener: listener.arn.clone(),
        priority,
        host: ingress.host.clone(),
        path: ingress.path.clone(),
        target_group: ingress.target_group.clone(),
        authenticate: ingress.authenticate.clone(),
        tags: planning.tags.clone(),
    }
}

/// A rule that gets another target group leads to the one that serves until the targets of the other run.
fn modify(planning: &mut Planning<'_>, found: &Rule, spec: &RuleSpec, details: Vec<String>) {
    let step = |turn| Step::ModifyRule { arn: found.arn.clone(), spec: spec.clone(), turn };
    let wanted = planning.observed.target_groups.get(&spec.target_group).map(|it| &it.arn);
    match &found.target_group {
        Some(serving) if Some(serving) != wanted => {
            let before = vec![format!("ties the target group `{}` to it", spec.target_group)];
            planning.add(step(Turn::Before(serving.clone())), before);
            planning.add(step(Turn::Over), details);
        }
        _ => planning.add(step(Turn::At), details),
    }
}

fn differences(planning: &Planning<'_>, ingress: &Ingress, found: &Rule) -> Vec<String> {
    let mut details = Vec::new();
    let group = planning.observed.target_groups.get(&ingress.target_group);
    if group.is_none() || group.map(|it| &it.arn) != found.target_group.as_ref() {
        details.push(format!("to the target group `{}`", ingress.target_group));
    }
    let wanted = ingress.authenticate.as_ref().map(login);
    if wanted != found.authenticate {
        details.push(match (wanted, &found.authenticate) {
            (Some(_), None) => "users have to log in first".to_owned(),
            (None, _) => "users do not have to log in any more".to_owned(),
            (Some(wanted), Some(found)) => {
                let differs = |it: &&String| wanted.get(*it) != found.get(*it);
                let keys: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
                let keys: Vec<&str> =
                    keys.into_iter().filter(differs).map(String::as_str).collect();
                format!("the login changes ({})", keys.join(", "))
            }
        });
    }
    details
}

/// The fields of a login that can be compared: its secret cannot be read back.
fn login(authentication: &Authentication) -> BTreeMap<String, String> {
    let pairs: Vec<(&str, &String)> = match authentication {
        Authentication::Cognito { user_pool_arn, client_id, domain } => {
            vec![("user_pool_arn", user_pool_arn), ("client_id", client_id), ("domain", domain)]
        }
        Authentication::Oidc {
            issuer,
            authorization_endpoint,
            token_endpoint,
            user_info_endpoint,
            client_id,
            client_secret: _,
        } => vec![
            ("issuer", issuer),
            ("authorization_endpoint", authorization_endpoint),
            ("token_endpoint", token_endpoint),
            ("user_info_endpoint", user_info_endpoint),
            ("client_id", client_id),
        ],
    };
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.clone())).collect()
}

/// A free priority, chosen by the names alone: two runs for one environment choose the same one, and AWS refuses the second;
/// twenty environments at once choose different ones. A rule with a path comes before one without, one with a narrower
/// path before one with a wider, and all come before rules of others that would take the host from them.
fn priority(
    planning: &Planning<'_>,
    ingress: &Ingress,
    listener: &Listener,
    chosen: &[RuleSpec],
) -> Option<u32> {
    let planned = || chosen.iter().filter(|it| it.listener == listener.arn);
    let is_own = |it: &&Rule| {
        let is_ours = it.tags.as_ref().is_some_and(|it| ownership::is_ours(planning.stack, it));
        is_ours && it.hosts.first() == ingress.host.as_ref()
    };
    let present = listener.rules.iter().filter(is_own);
    let present = present.map(|it| (it.paths.first(), it.priority));
    let new = planned().filter(|it| it.host == ingress.host);
    let own: Vec<(Option<&String>, u32)> =
        present.chain(new.map(|it| (it.path.as_ref(), it.priority))).collect();
    let path = ingress.path.as_ref();
    let wider = own.iter().filter(|it| covers(it.0, path)).map(|it| it.1);
    let narrower = own.iter().filter(|it| covers(path, it.0)).map(|it| it.1);
    let others = listener.rules.iter().filter(|it| shadows(planning, ingress, it));
    let ceiling = others.map(|it| it.priority).chain(wider).min().unwrap_or(50_001);
    let floor = narrower.max().unwrap_or_default();
    let middle = ceiling.div_ceil(2);
    let half = if ingress.path.is_some() { 1..middle.max(2).min(ceiling) } else { middle..ceiling };
    let half = half.start.max(floor + 1)..half.end;
    let range = if half.is_empty() { floor + 1..ceiling } else { half };
    let length = range.end.saturating_sub(range.start);
    if length == 0 {
        return None;
    }
    let name = format!("{} {:?} {:?}", ingress.target_group, ingress.host, ingress.path);
    let start = u32::try_from(planning.stack.environment.number(&name) % u64::from(length))
        .unwrap_or_default();
    let is_free = |priority: &u32| {
        !planned().any(|it| it.priority == *priority)
            && !listener.rules.iter().any(|it| it.priority == *priority)
    };
    (0..length).map(|offset| range.start + (start + offset) % length).find(is_free)
}

/// Whether a rule of somebody else takes all that a way in is for.
fn shadows(planning: &Planning<'_>, ingress: &Ingress, rule: &Rule) -> bool {
    let host = ingress.host.as_deref();
    let takes_host = |it: &String| host.is_some_and(|host| matches(it, host));
    let hosts = rule.hosts.is_empty() || rule.hosts.iter().any(takes_host);
    let takes_path =
        |it: &String| covers(Some(it), ingress.path.as_ref()) || Some(it) == ingress.path.as_ref();
    let paths = rule.paths.is_empty() || rule.paths.iter().any(takes_path);
    let is_ours = rule.tags.as_ref().is_some_and(|it| ownership::is_ours(planning.stack, it));
    hosts && paths && !rule.has_others && !is_ours
}

/// Whether a path pattern takes all that another one takes, and more. None at all takes everything.
fn covers(wide: Option<&String>, narrow: Option<&String>) -> bool {
    let is_all = |it: Option<&String>| it.is_none_or(|it| it == "*" || it == "/*");
    match (wide, narrow) {
        (wide, narrow) if is_all(narrow) => is_all(wide) && wide.is_some() && narrow.is_none(),
        (wide, _) if is_all(wide) => true,
        (Some(wide), Some(narrow)) => wide != narrow && takes(wide, narrow),
        _ => false,
    }
}

/// Whether a pattern of a listener takes a host; case does not matter.
fn matches(pattern: &str, host: &str) -> bool {
    takes(&pattern.to_lowercase(), &host.to_lowercase())
}

/// Whether a pattern (`*` is any text, `?` one character) takes a text.
fn takes(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for character in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for (index, _) in reached.iter().enumerate().filter(|(_, it)| **it) {
            match character {
                '*' => next[index..].fill(true),
                it if index < text.len() && (it == '?' || it == text[index]) => {
                    next[index + 1] = true;
                }
                _ => {}
            }
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_of_hosts_are_those_of_elastic_load_balancing() {
        for (pattern, host, expected) in [
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*", "anything", true),
            ("a?.example.com", "ab.example.com", true),
            ("a?.example.com", "a.example.com", false),
            ("A.example.com", "a.example.com", true),
            ("*.stg.*", "x.stg.example.com", true),
        ] {
            assert_eq!(matches(pattern, host), expected, "{pattern} {host}");
        }
    }
}
