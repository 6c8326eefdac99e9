//! CPU and memory a task needs into the smallest size Fargate sells (ecs-rules.md, Task size).

/// What a Fargate task is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// CPU units; 1024 are one vCPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
}

/// Finds the cheapest size: the smallest CPU, and of it the smallest memory, that holds both.
/// `cpu` is in CPU units, `memory` in MiB.
pub fn smallest_size(cpu: u32, memory: u32) -> Option<Size> {
    let rows = TABLE.iter().filter(|row| row.cpu >= cpu);
    rows.flat_map(Row::sizes).find(|size| size.memory >= memory)
}

/// Whether Fargate has the size. `cpu` is in CPU units, `memory` in MiB.
pub fn is_size(cpu: u32, memory: u32) -> bool {
    memories(cpu).contains(&memory)
}

/// The memory sizes (MiB, ascending) that go with a number of CPU units; none if Fargate has no
/// such CPU.
pub fn memories(cpu: u32) -> Vec<u32> {
    let rows = TABLE.iter().filter(|row| row.cpu == cpu);
    rows.flat_map(Row::sizes).map(|size| size.memory).collect()
}

/// Reads the `cpu` of a task, `1024` or `1 vCPU`, as CPU units.
pub fn parse_cpu(text: &str) -> Option<u32> {
    parse(text, "vcpu")
}

/// Reads the `memory` of a task, `2048` or `2 GB`, as MiB.
pub fn parse_memory(text: &str) -> Option<u32> {
    parse(text, "gb")
}

/// The CPU units from which on Fargate has Linux only.
pub(super) const LINUX_ONLY_CPU: u32 = 32768;

struct Row {
    cpu: u32,
    /// First, last and step of the memory in MiB.
    memory: &'static [(u32, u32, usize)],
}

impl Row {
    fn sizes(&self) -> impl Iterator<Item = Size> {
        let memory =
            self.memory.iter().flat_map(|&(first, last, step)| (first..=last).step_by(step));
        memory.map(|memory| Size { cpu: self.cpu, memory })
    }
}

const TABLE: [Row; 8] = [
    Row { cpu: 256, memory: &[(512, 512, 512), (1024, 2048, 1024)] },
    Row { cpu: 512, memory: &[(1024, 4096, 1024)] },
    Row { cpu: 1024, memory: &[(2048, 8192, 1024)] },
    Row { cpu: 2048, memory: &[(4096, 16384, 1024)] },
    Row { cpu: 4096, memory: &[(8192, 30720, 1024)] },
    Row { cpu: 8192, memory: &[(16384, 61440, 4096)] },
    Row { cpu: 16384, memory: &[(32768, 122_880, 8192)] },
    Row { cpu: LINUX_ONLY_CPU, memory: &[(61440, 122_880, 61440), (249_856, 249_856, 1)] },
];

/// Reads a plain number, or a decimal one with a unit of 1024.
fn parse(text: &str, unit: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    match text.strip_suffix(unit) {
        Some(number) => thousandths(number.trim_end())
            .map(|n| n * 1024)
            .filter(|n| n % 1000 == 0)
            .map(|n| n / 1000),
        None => digits(&text),
    }
    .and_then(|number| u32::try_from(number).ok())
}

fn thousandths(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    digits(&format!("{whole}{fraction:0<3}"))
}

fn digits(text: &str) -> Option<u64> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::{Size, is_size, memories, parse_cpu, parse_memory, smallest_size};

    #[test]
    fn the_smallest_size_holds_cpu_and_memory() {
        let check = |need: (u32, u32), expected: Option<(u32, u32)>| {
            let size = smallest_size(need.0, need.1);
            assert_eq!(size, expected.map(|(cpu, memory)| Size { cpu, memory }), "{need:?}");
        };
        for (need, expected) in [
            ((0, 0), Some((256, 512))),
            ((256, 512), Some((256, 512))),
            ((256, 513), Some((256, 1024))),
            ((256, 1025), Some((256, 2048))),
            ((256, 2049), Some((512, 3072))),
            ((257, 1), Some((512, 1024))),
            ((1024, 1024), Some((1024, 2048))),
            ((4096, 30721), Some((8192, 32768))),
            ((8192, 61441), Some((16384, 65536))),
            ((16385, 1), Some((32768, 61440))),
            ((16384, 122_881), Some((32768, 249_856))),
            ((32768, 249_857), None),
            ((32769, 1), None),
        ] {
            check(need, expected);
        }
    }

    #[test]
    fn the_table_has_the_sizes_of_the_documentation_only() {
        for (cpu, count, first, last) in [
            (256, 3, 512, 2048),
            (512, 4, 1024, 4096),
            (1024, 7, 2048, 8192),
            (2048, 13, 4096, 16384),
            (4096, 23, 8192, 30720),
            (8192, 12, 16384, 61440),
            (16384, 12, 32768, 122_880),
            (32768, 3, 61440, 249_856),
        ] {
            let memories = memories(cpu);
            assert_eq!(
                (memories.len(), memories[0], memories[count - 1]),
                (count, first, last),
                "{cpu}"
            );
        }
        assert_eq!(memories(128), Vec::<u32>::new());
        for (size, expected) in [
            ((256, 1536), false),
            ((512, 512), false),
            ((1024, 1024), false),
            ((8192, 17408), false),
            ((8192, 20480), true),
            ((32768, 122_880), true),
            ((32768, 184_320), false),
        ] {
            assert_eq!(is_size(size.0, size.1), expected, "{size:?}");
        }
    }

    #[test]
    fn the_texts_of_the_api_are_numbers() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("1 vCPU", Some(1024)),
            (".5 vcpu", Some(512)),
            ("0.25vCPU", Some(256)),
            ("16 VCPU", Some(16384)),
            ("", None),
            ("vCPU", None),
            (". vcpu", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("0.3333 vcpu", None),
            ("0.333 vcpu", None),
            ("1 GB", None),
            ("99999999999", None),
        ] {
            assert_eq!(parse_cpu(text), expected, "{text}");
        }
        for (text, expected) in [
            ("512", Some(512)),
            ("3 GB", Some(3072)),
            ("3GB", Some(3072)),
            ("0.5 gb", Some(512)),
            ("30 GB", Some(30720)),
            ("1 vCPU", None),
            ("512 MB", None),
        ] {
            assert_eq!(parse_memory(text), expected, "{text}");
        }
    }
}
