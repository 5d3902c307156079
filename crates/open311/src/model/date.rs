//! Moments as the standard writes them: the W3C profile of ISO 8601, the offset mandatory.

use chrono::{DateTime, Utc};
use kernel::Instant;

/// Reads a moment. A plus that a client forgot to encode has become a blank on its way, and is one again.
pub fn read(text: &str) -> Option<Instant> {
    let text = text.trim();
    let mended = match text.get(text.len().checked_sub(6)?..) {
        Some(offset) if offset.starts_with(' ') => {
            let (before, offset) = text.split_at(text.len() - 6);
            format!("{before}+{}", offset.trim_start())
        }
        _ => text.to_owned(),
    };
    // `2026-11-25T10:00Z`: the profile lets seconds be left out.
    let time = DateTime::parse_from_rfc3339(&mended)
        .or_else(|_| DateTime::parse_from_str(&mended, "%Y-%m-%dT%H:%M%:z"))
        .or_else(|_| DateTime::parse_from_str(&mended.replace('Z', "+00:00"), "%Y-%m-%dT%H:%M%:z"))
        .ok()?;
    Some(Instant::new(time.with_timezone(&Utc))).filter(|at| at.is_writable())
}

/// The first whole second that is not before.
pub fn ceil(at: Instant) -> Instant {
    let over = at.micros().rem_euclid(1_000_000);
    if over == 0 { at } else { Instant::from_micros(at.micros() - over + 1_000_000).unwrap_or(at) }
}

/// The whole second it lies in, as it is written.
pub fn floor(at: Instant) -> Instant {
    Instant::from_micros(at.micros() - at.micros().rem_euclid(1_000_000)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_needs_its_offset() {
        for (text, read_as) in [
            ("2026-11-25T10:00:00Z", Some("2026-11-25T10:00:00Z")),
            ("2026-11-25T10:00:00+08:00", Some("2026-11-25T02:00:00Z")),
            ("2026-11-25T10:00:00 08:00", Some("2026-11-25T02:00:00Z")),
            ("2026-11-25T10:00:00.75-01:00", Some("2026-11-25T11:00:00Z")),
            ("2026-11-25T10:00Z", Some("2026-11-25T10:00:00Z")),
            ("2026-11-25T10:00+08:00", Some("2026-11-25T02:00:00Z")),
            ("2026-11-25T10:00:00", None),
            ("2026-11-25", None),
            ("yesterday", None),
            ("", None),
            ("东镇东镇东镇", None),
            ("2026-02-30T00:00:00Z", None),
        ] {
            assert_eq!(read(text).map(|at| at.to_string()).as_deref(), read_as, "{text}");
        }
    }
}
