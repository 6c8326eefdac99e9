//! The containers -> tasks, when one task cannot hold them all.

use indexmap::{IndexMap, IndexSet};

use super::survey::{Survey, Surveyed, needs};
use crate::compose::depends_on::Condition;
use crate::compose::volumes::MountKind;

/// The containers of a task definition (`ecs-rules.md`, Names and images).
const MOST_CONTAINERS: usize = 10;

/// The largest sizes of Fargate: CPU units and MiB.
const MOST_CPU: u64 = 16 * 1024;
const MOST_MEMORY: u64 = 120 * 1024;

/// One task: its name and its services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) services: Vec<String>,
}

/// A split, and why there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Empty: everything is one task.
    pub(super) groups: Vec<Group>,
    pub(super) reasons: Vec<String>,
}

/// Splits the containers where they cannot be one task. `way` is the service that people reach; `memory` gives MiB.
pub(super) fn split(
    survey: &Survey<'_>,
    way: Option<&(String, u16)>,
    memory: &dyn Fn(&str) -> u64,
) -> Split {
    let work = Work::of(survey, way, memory);
    let reasons = work.reasons();
    if reasons.is_empty() {
        return Split::default();
    }
    let mut tasks: Vec<Vec<usize>> = Vec::new();
    for unit in work.units() {
        work.place(unit, &mut tasks);
    }
    work.settle(&mut tasks);
    let groups = work.name(tasks);
    Split { groups, reasons }
}

/// The containers by number, and what speaks for and against two of them in one task.
struct Work<'s, 'a> {
    survey: &'s Survey<'a>,
    services: Vec<&'s Surveyed<'a>>,
    way: Option<&'s str>,
    /// By number: what it listens on.
    ports: Vec<IndexSet<(u16, String)>>,
    /// By number: the numbers it needs.
    needs: Vec<IndexSet<usize>>,
    memory: Vec<u64>,
}

impl<'s, 'a> Work<'s, 'a> {
    fn of(
        survey: &'s Survey<'a>,
        way: Option<&'s (String, u16)>,
        memory: &dyn Fn(&str) -> u64,
    ) -> Self {
        let services: Vec<&Surveyed<'_>> = survey.containers().collect();
        let position = |name: &str| services.iter().position(|it| it.service.name == name);
        let ports = services.iter().map(|it| {
            let mut ports: IndexSet<(u16, String)> = it.listens().into_iter().collect();
            let own = way.filter(|(service, _)| *service == it.service.name);
            ports.extend(own.map(|(_, port)| (*port, "tcp".to_owned())));
            ports
        });
        let needs = services.iter().enumerate().map(|(index, it)| {
            let needs = needs(it.service).filter_map(position);
            needs.filter(|it| *it != index).collect()
        });
        let memory = services.iter().map(|it| memory(&it.service.name)).collect();
        Self {
            ports: ports.collect(),
            needs: needs.collect(),
            memory,
            way: way.map(|(service, _)| service.as_str()),
            survey,
            services,
        }
    }

    fn name_of(&self, index: usize) -> &'s str {
        &self.services[index].service.name
    }

    /// Why one task cannot hold everything; nothing when it can.
    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        let all: Vec<usize> = (0..self.services.len()).collect();
        for &later in &all {
            let clash = (0..later).find_map(|it| Some((it, self.clash(it, later)?)));
            if let Some((earlier, why)) = clash {
                reasons.push(format!(
                    "`{}` and `{}` {why}",
                    self.name_of(earlier),
                    self.name_of(later)
                ));
            }
        }
        if all.len() > MOST_CONTAINERS {
            reasons.push(format!(
                "a task holds at most {MOST_CONTAINERS} containers, and there are {}",
                all.len()
            ));
        }
        if !self.fits(&all) {
            reasons.push("no size of Fargate holds them all".to_owned());
        }
        reasons
    }

    /// What keeps two containers out of one task.
    fn clash(&self, one: usize, other: usize) -> Option<String> {
        if let Some((port, _)) = self.ports[one].intersection(&self.ports[other]).next()
            && !self.takes_turns(one, other)
        {
            return Some(format!("both listen on port {port}"));
        }
        let platform = |it: usize| {
            let platform = self.services[it].service.text("platform")?.value;
            platform.trim_start_matches("linux/").split('/').next().map(str::to_owned)
        };
        let (one, other) = (platform(one)?, platform(other)?);
        (one != other).then(|| format!("are for {one} and {other}"))
    }

    /// Whether one of two only starts when the other has ended.
    fn takes_turns(&self, one: usize, other: usize) -> bool {
        let waits = |from: usize, to: usize| {
            let dependency = self.services[from].service.depends_on.get(self.name_of(to));
            dependency.is_some_and(|it| it.condition == Condition::CompletedSuccessfully)
        };
        waits(one, other) || waits(other, one)
    }

    fn fits(&self, members: &[usize]) -> bool {
        let cpu = |it: &usize| {
            let cpus = self.services[*it].service.resources.cpus.as_ref();
            cpus.map_or(0, |it| (it.value * 1024.0).clamp(0.0, 1e9) as u64)
        };
        let memory: u64 = members.iter().map(|it| self.memory[*it]).sum();
        members.iter().map(cpu).sum::<u64>() <= MOST_CPU && memory <= MOST_MEMORY
    }

    /// The containers in the order they are placed: what has to be together as one unit, applications after what they
    /// need, and databases and their like last, when it is known who uses them.
    fn units(&self) -> Vec<Vec<usize>> {
        let units = self.together();
        let is_data = |unit: &Vec<usize>| unit.iter().all(|it| self.is_backing(*it));
        let (backing, own): (Vec<_>, Vec<_>) = units.into_iter().partition(is_data);
        let placed = |ordered: &[Vec<usize>], it: &usize| ordered.iter().flatten().any(|x| x == it);
        let mut ordered: Vec<Vec<usize>> = Vec::new();
        while ordered.len() < own.len() {
            let open = || own.iter().filter(|it| !ordered.contains(it));
            let is_ready = |unit: &&Vec<usize>| {
                let mut needs = unit.iter().flat_map(|it| &self.needs[*it]);
                needs.all(|it| {
                    unit.contains(it)
                        || placed(&ordered, it)
                        || backing.iter().flatten().any(|x| x == it)
                })
            };
            let next = open().find(is_ready).or_else(|| open().next()).cloned();
            ordered.extend(next);
        }
        ordered.extend(backing);
        ordered
    }

    /// A service that others wait for to end runs in their task, and so does what shares a network or volumes by name;
    /// unless that is what one task cannot hold.
    fn together(&self) -> Vec<Vec<usize>> {
        let mut units: Vec<Vec<usize>> = (0..self.services.len()).map(|it| vec![it]).collect();
        for one in 0..self.services.len() {
            for other in 0..self.services.len() {
                let unit_of = |it: usize| units.iter().position(|unit| unit.contains(&it));
                let (Some(first), Some(second)) = (unit_of(one), unit_of(other)) else { continue };
                if first != second
                    && self.is_bound(one, other)
                    && self.admit(&units[first], &units[second])
                {
                    let moved = units.remove(first.max(second));
                    units[first.min(second)].extend(moved);
                }
            }
        }
        units
    }

    /// Whether one container only works in the task of the other.
    fn is_bound(&self, one: usize, other: usize) -> bool {
        let (service, name) = (self.services[one].service, self.name_of(other));
        let dependency = service.depends_on.get(name);
        let mode = service.text("network_mode");
        dependency.is_some_and(|it| it.condition == Condition::CompletedSuccessfully)
            || mode.is_some_and(|it| it.value.strip_prefix("service:") == Some(name))
            || service.volumes_from.iter().any(|it| it.value.split(':').next() == Some(name))
    }

    /// Puts a unit into the task it has most to do with. A database that one task uses stays there; one that several
    /// use, or that there is no room for, goes to others of its kind.
    fn place(&self, unit: Vec<usize>, tasks: &mut Vec<Vec<usize>>) {
        let uses = |user: &usize| self.needs[*user].iter().any(|it| unit.contains(it));
        let is_user = |it: &usize| tasks[*it].iter().any(uses);
        let is_data = |it: &usize| tasks[*it].iter().all(|it| self.is_backing(*it));
        let admits =
            |it: &usize| self.admit(&tasks[*it], &unit) && !self.is_circular(tasks, (*it, &unit));
        let all = 0..tasks.len();
        let users: Vec<usize> = all.clone().filter(is_user).collect();
        let only_user = users.first().copied().filter(|_| users.len() == 1 && !self.is_crowded());
        let choice = if unit.iter().all(|it| self.is_backing(*it)) {
            only_user.filter(admits).or_else(|| all.filter(is_data).find(admits))
        } else {
            let affinity = |it: &usize| self.affinity(&tasks[*it], &unit);
            all.filter(admits).max_by_key(|it| (affinity(it), std::cmp::Reverse(*it)))
        };
        match choice {
            Some(task) => tasks[task].extend(unit),
            None => tasks.push(unit),
        }
    }

    /// Joins tasks that wait for each other, as far as one task can hold them.
    fn settle(&self, tasks: &mut Vec<Vec<usize>>) {
        let pair = |tasks: &Vec<Vec<usize>>| {
            let circular = |it: &usize| self.is_circular(tasks, (*it, &[]));
            let waiting: Vec<usize> = (0..tasks.len()).filter(circular).collect();
            let pairs =
                waiting.iter().flat_map(|one| waiting.iter().map(move |other| (*one, *other)));
            let mut pairs = pairs.filter(|(one, other)| one < other);
            pairs.find(|(one, other)| self.admit(&tasks[*one], &tasks[*other]))
        };
        while let Some((one, other)) = pair(tasks) {
            let moved = tasks.remove(other);
            tasks[one].extend(moved);
        }
    }

    /// Whether it only serves others: a database that waits for an application is a part of that.
    fn is_backing(&self, index: usize) -> bool {
        let is_data = |it: usize| self.services[it].role.is_backing();
        let is_awaited = self.services.iter().any(|it| {
            let dependency = it.service.depends_on.get(self.name_of(index));
            dependency.is_some_and(|it| it.condition == Condition::CompletedSuccessfully)
        });
        is_data(index) && !is_awaited && self.needs[index].iter().all(|it| is_data(*it))
    }

    fn is_crowded(&self) -> bool {
        self.services.len() > MOST_CONTAINERS
    }

    /// Whether two sets of containers can be one task.
    fn admit(&self, one: &[usize], other: &[usize]) -> bool {
        let mut both = one.to_vec();
        both.extend(other);
        let clashes = |it: &usize| other.iter().any(|other| self.clash(*it, *other).is_some());
        both.len() <= MOST_CONTAINERS && !one.iter().any(clashes) && self.fits(&both)
    }

    /// How much a unit has to do with those of a task: dependencies and shared volumes.
    fn affinity(&self, task: &[usize], unit: &[usize]) -> usize {
        let between = |one: usize, other: usize| {
            let needs = self.needs[one].contains(&other) || self.needs[other].contains(&one);
            let shares = self.volumes(one).intersection(&self.volumes(other)).next().is_some();
            usize::from(needs) * 2 + usize::from(shares) * 3
        };
        task.iter().map(|one| unit.iter().map(|other| between(*one, *other)).sum::<usize>()).sum()
    }

    fn volumes(&self, index: usize) -> IndexSet<&str> {
        let mounts = self.services[index].service.mounts.iter();
        let named = mounts.filter(|it| it.kind == MountKind::Volume);
        named.filter_map(|it| it.source.as_deref()).collect()
    }

    /// Whether a task would wait for itself with more containers in it.
    fn is_circular(&self, tasks: &[Vec<usize>], (task, more): (usize, &[usize])) -> bool {
        let mut tasks = tasks.to_vec();
        tasks[task].extend(more);
        let task_of = |it: &usize| tasks.iter().position(|members| members.contains(it));
        let edges = |from: usize| -> IndexSet<usize> {
            let needs = tasks[from].iter().flat_map(|it| &self.needs[*it]);
            needs.filter_map(task_of).filter(|it| *it != from).collect()
        };
        let mut reached: IndexSet<usize> = edges(task);
        let mut next = 0;
        while let Some(it) = reached.get_index(next).copied() {
            reached.extend(edges(it));
            next += 1;
        }
        reached.contains(&task)
    }

    /// Names the tasks: after the way in, `data` for databases, else after their first service.
    fn name(&self, tasks: Vec<Vec<usize>>) -> Vec<Group> {
        let mut names: IndexMap<String, Vec<String>> = IndexMap::new();
        for mut members in tasks {
            members.sort_unstable();
            let services: Vec<String> =
                members.iter().map(|it| self.name_of(*it).to_owned()).collect();
            let is_data = members.iter().all(|it| self.is_backing(*it));
            let way = self.way.filter(|it| services.iter().any(|service| service == it));
            let base = match way {
                Some(way) => way,
                None if is_data && !self.survey.services.contains_key("data") => "data",
                None => services[0].as_str(),
            };
            let base =
                base.replace(|it: char| !it.is_ascii_alphanumeric() && it != '-' && it != '_', "-");
            let mut name = base.clone();
            let mut number = 2;
            while names.contains_key(&name) {
                name = format!("{base}-{number}");
                number += 1;
            }
            names.insert(name, services);
        }
        names.into_iter().map(|(name, services)| Group { name, services }).collect()
    }
}
