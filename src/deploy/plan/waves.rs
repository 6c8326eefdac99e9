//! The order of what runs: a task is brought up when those that it waits for run, and those are begun whose names it uses.

use super::{Awaited, Plan, Rollout};
use crate::deploy::action::{Action, Stage};

/// What is brought up together, and what has to run before.
#[derive(Clone)]
pub(in crate::deploy) struct Wave<'a> {
    /// What has to run first: it changes, or is on its way.
    pub(in crate::deploy) before: Vec<&'a Rollout>,
    /// What is brought up.
    pub(in crate::deploy) actions: Vec<&'a Action>,
}

impl Plan {
    /// The steps of what runs, in waves. What stays as it is is not waited for, whether it runs well or not: a sick server may
    /// be what the change of its client mends.
    pub(in crate::deploy) fn waves(&self) -> Vec<Wave<'_>> {
        let ranks = self.ranks();
        let rank = |it: &Action| it.step.family().map_or(0, |it| self.rank(&ranks, it));
        let actions = self.stage(Stage::Running);
        let mut numbers: Vec<usize> = actions.iter().map(|it| rank(it)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut waited = vec![false; self.rollouts.len()];
        let mut wave = |number: usize| {
            let actions: Vec<&Action> =
                actions.iter().copied().filter(|it| rank(it) == number).collect();
            let families = actions.iter().filter_map(|it| it.step.family());
            let mut before = vec![false; self.rollouts.len()];
            for family in families {
                self.mark_before(self.position(family), &mut before);
            }
            let is_new = |at: &usize| {
                before[*at] && self.is_awaited(*at) && !std::mem::replace(&mut waited[*at], true)
            };
            let before = (0..self.rollouts.len()).filter(is_new).map(|it| &self.rollouts[it]);
            Wave { before: before.collect(), actions }
        };
        numbers.into_iter().map(&mut wave).collect()
    }

    /// Puts the steps of what runs into the order of their waves; the others stay where they are.
    pub(in crate::deploy) fn sort(&mut self) {
        let ranks = self.ranks();
        let rank = |it: &Action| {
            let family = it.step.family().filter(|_| it.step.stage() == Stage::Running);
            (it.step.stage(), family.map_or(0, |it| self.rank(&ranks, it)))
        };
        let keys: Vec<(Stage, usize)> = self.actions.iter().map(rank).collect();
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|it| keys[*it]);
        self.actions = order.into_iter().map(|it| self.actions[it].clone()).collect();
    }

    /// The services or families that have to run before a family is brought up, of those that change or are on their way.
    pub(super) fn awaited_by(&self, family: &str) -> Vec<&str> {
        let Some(at) = self.position(family) else { return Vec::new() };
        let mut before = vec![false; self.rollouts.len()];
        self.mark_before(Some(at), &mut before);
        let awaited = (0..before.len()).filter(|it| before[*it] && self.is_awaited(*it));
        awaited.map(|it| self.rollouts[it].name()).collect()
    }

    fn position(&self, family: &str) -> Option<usize> {
        self.rollouts.iter().position(|it| it.family == family)
    }

    fn rank(&self, ranks: &[usize], family: &str) -> usize {
        self.position(family).map_or(0, |it| ranks[it])
    }

    /// Whether something has to be waited for: it changes or is on its way, and something of it is to run.
    fn is_awaited(&self, at: usize) -> bool {
        match self.rollouts[at].awaited {
            Awaited::Changed => self.changes(at),
            Awaited::Always => true,
            Awaited::Never => false,
        }
    }

    fn changes(&self, at: usize) -> bool {
        self.brings_up(&self.rollouts[at].family)
    }

    /// Whether the plan creates or changes what runs of a family.
    pub(in crate::deploy) fn brings_up(&self, family: &str) -> bool {
        self.stage(Stage::Running).into_iter().any(|it| it.step.family() == Some(family))
    }

    /// Says of each step of what runs what it waits for.
    pub(in crate::deploy) fn tell_order(&mut self) {
        for at in 0..self.actions.len() {
            let step = &self.actions[at].step;
            let family = step.family().filter(|_| step.stage() == Stage::Running);
            let before = family.map(|it| self.awaited_by(it)).unwrap_or_default();
            let names: Vec<String> = before.iter().map(|it| format!("`{it}`")).collect();
            if !names.is_empty() {
                let verb = if names.len() == 1 { "runs" } else { "run" };
                let detail = format!("once {} {verb}", names.join(", "));
                self.actions[at].details.push(detail);
            }
        }
    }

    /// How many waits lie before each rollout. There are no circles, so as many rounds as rollouts are enough.
    fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.rollouts.len()];
        let is_before = |it: &usize| self.changes(*it) || self.is_awaited(*it);
        for _ in 0..self.rollouts.len() {
            for (at, rollout) in self.rollouts.iter().enumerate() {
                let after = rollout.after.iter().filter(|it| **it < ranks.len());
                let least = after.map(|it| ranks[*it] + usize::from(is_before(it)));
                ranks[at] = least.max().unwrap_or(0);
            }
        }
        ranks
    }

    /// Marks all that has to run before a rollout, however far.
    fn mark_before(&self, at: Option<usize>, marked: &mut [bool]) {
        let mut rest: Vec<usize> = at.map(|it| self.rollouts[it].waits.clone()).unwrap_or_default();
        while let Some(next) = rest.pop() {
            if next < marked.len() && !std::mem::replace(&mut marked[next], true) {
                rest.extend(&self.rollouts[next].waits);
            }
        }
    }
}

impl Rollout {
    /// The name of the service, or the family of a task that nothing keeps running.
    pub(in crate::deploy) fn name(&self) -> &str {
        self.service.as_ref().unwrap_or(&self.family)
    }
}
