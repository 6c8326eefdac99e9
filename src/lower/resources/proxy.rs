//! The proxy of Service Connect, which ECS puts into a task beside its containers: the room that a size leaves to it.

use super::super::placement::TaskPlan;
use super::{Need, given_at};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::fargate::{Size, smallest_size};

/// What AWS recommends to add for it.
pub(super) const PROXY: Size = Size { cpu: 256, memory: 64 };

/// What a size that was chosen holds for the proxy.
pub(super) fn proxy_words(plan: &TaskPlan, size: Size, need: &Need) -> Option<String> {
    let (proxy, wished) = (need.proxy?, need.wished());
    let cpu = plan.size.cpu.is_none() && size.cpu >= wished.cpu;
    let memory = plan.size.memory.is_none() && size.memory >= wished.memory;
    let units = cpu.then(|| format!("{} CPU units", proxy.cpu));
    let mebibytes = memory.then(|| format!("{} MiB", proxy.memory));
    let words: Vec<String> = units.into_iter().chain(mebibytes).collect();
    (!words.is_empty()).then(|| words.join(" and "))
}

/// A size of the overlay that is full without the proxy of Service Connect.
pub(super) fn warn_tight(plan: &TaskPlan, size: Size, need: &Need, diagnostics: &mut Diagnostics) {
    let Some(proxy) = need.proxy else { return };
    let lacks_cpu = need.cpu > 0 && size.cpu < need.cpu + proxy.cpu;
    if !lacks_cpu && size.memory >= need.said + proxy.memory {
        return;
    }
    let message = format!(
        "the containers leave {} CPU units and {} MiB of the task to the proxy of Service Connect",
        size.cpu - need.cpu,
        size.memory - need.said
    );
    let warning = Diagnostic::warning(Code::OtherTask, given_at(plan), message);
    let recommended =
        format!("AWS recommends {} CPU units and {} MiB for it", proxy.cpu, proxy.memory);
    diagnostics.add(match smallest_size(need.cpu + proxy.cpu, need.said + proxy.memory) {
        Some(fit) => warning
            .help(format!("{recommended}: `size: {{ cpu: {}, memory: {} }}`", fit.cpu, fit.memory)),
        None => warning.help(recommended),
    });
}
