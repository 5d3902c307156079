//! What the operating system says about processes: processor time and memory.

use std::collections::HashMap;
use std::fs;

use crate::Fallible;

/// Processor time of a process in microseconds, user and system, its dead and awaited children included.
pub fn cpu_micros(pid: u32) -> Fallible<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(parse(&stat).ok_or("unreadable /proc/PID/stat")?.1)
}

/// The same of a process and every process below it. For PostgreSQL, whose connections are children of one parent.
pub fn family_cpu_micros(root: u32) -> Fallible<u64> {
    let mut children: HashMap<u32, Vec<(u32, u64)>> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process may end while we look; its parent then has its time.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if let Some((parent, micros)) = parse(&stat) {
            children.entry(parent).or_default().push((pid, micros));
        }
    }
    let mut total = cpu_micros(root)?;
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        for (child, micros) in children.get(&pid).into_iter().flatten() {
            total += micros;
            open.push(*child);
        }
    }
    Ok(total)
}

/// The parent, and the processor time. The kernel counts in hundredths of a second towards programs.
fn parse(stat: &str) -> Option<(u32, u64)> {
    let rest = stat.rsplit_once(") ")?.1;
    let fields: Vec<&str> = rest.split(' ').collect();
    let parent = fields.get(1)?.parse().ok()?;
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|t| t.parse::<u64>().ok()).sum();
    Some((parent, ticks * 10_000))
}

/// Memory that a process holds, in MB.
pub fn resident_mb(pid: u32) -> Fallible<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kib: u32 = line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?;
    Ok(f64::from(kib) / 1024.0)
}

/// The machine in one line.
pub fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        cpus.lines()
            .find(|l| l.starts_with(name))
            .and_then(|l| l.split_once(": "))
            .map(|(_, v)| v.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| "unknown model".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|m| m.lines().next()?.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map_or(0, |kib| kib / 1024 / 1024);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({model}), {memory} GiB of memory, Linux {}", kernel.trim())
}
