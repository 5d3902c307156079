//! The country's divisions as published: five files, read and checked whole before anything is loaded.

use std::path::Path;

use kernel::Outcome;

use crate::model::Level;

mod bundled;
mod parse;

/// What a long load tells whoever waits for it. A command draws a bar; tests and the first start look away.
pub trait Progress: Send + Sync {
    /// A step begins; `total` is how far [`Progress::advance`] will go, where that is known.
    fn begin(&self, step: &'static str, total: Option<u64>);
    /// So much more is done.
    fn advance(&self, by: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
}

/// One level of the published tree: its file, the digits of its codes, the column that names the parent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tier {
    /// The file's name without its ending.
    pub file: &'static str,
    /// Digits of a code.
    pub digits: usize,
    /// The column with the parent's code; provinces stand below the country.
    pub parent_column: Option<&'static str>,
    /// What its units are.
    pub level: Level,
}

/// The five files, parents before children.
pub(crate) const TIERS: [Tier; 5] = [
    Tier { file: "provinces", digits: 2, parent_column: None, level: Level::Province },
    Tier { file: "cities", digits: 4, parent_column: Some("provinceCode"), level: Level::City },
    Tier { file: "areas", digits: 6, parent_column: Some("cityCode"), level: Level::District },
    Tier { file: "streets", digits: 9, parent_column: Some("areaCode"), level: Level::Town },
    Tier { file: "villages", digits: 12, parent_column: Some("streetCode"), level: Level::Community },
];

/// One division: 32 bytes, so that the whole country takes some 40 MB with its names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Division {
    pub code: u64,
    pub name_at: u32,
    pub name_len: u16,
    /// The line in its file.
    pub line: u32,
    /// The parent's place in the tier above; 0 for provinces.
    pub parent: u32,
    /// Its number among its siblings, from 1, in the order of codes.
    pub number: u32,
}

/// Divisions that have been read and found sound: every parent is there, no code twice.
#[derive(Debug, Clone, Default)]
pub struct Divisions {
    tiers: Vec<Vec<Division>>,
    names: String,
}

impl Divisions {
    /// Reads `provinces`, `cities`, `areas`, `streets` and `villages` from a folder, each as `.csv` or `.csv.gz`. The first
    /// broken line of any refuses all of it, with its file and number.
    pub fn read(folder: &Path, progress: &dyn Progress) -> Outcome<Self> {
        parse::folder(folder, progress)
    }

    /// The five places that the program brings along.
    pub fn bundled() -> Outcome<Self> {
        bundled::read()
    }

    /// How many divisions there are.
    pub fn len(&self) -> usize {
        self.tiers.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tiers, each with its divisions in the order of codes.
    pub(crate) fn tiers(&self) -> impl Iterator<Item = (&'static Tier, &[Division])> {
        TIERS.iter().zip(self.tiers.iter().map(Vec::as_slice))
    }

    /// The divisions of a tier.
    pub(crate) fn tier(&self, index: usize) -> &[Division] {
        self.tiers.get(index).map_or(&[], Vec::as_slice)
    }

    /// A division's name.
    pub(crate) fn name(&self, division: &Division) -> &str {
        let start = usize::try_from(division.name_at).unwrap_or(usize::MAX);
        self.names.get(start..start.saturating_add(usize::from(division.name_len))).unwrap_or_default()
    }

    /// Whether a code is among them.
    pub(crate) fn has(&self, code: &str) -> bool {
        let tier = TIERS.iter().position(|t| t.digits == code.len());
        let (Some(tier), Ok(number)) = (tier, code.parse::<u64>()) else { return false };
        self.tier(tier).binary_search_by_key(&number, |d| d.code).is_ok()
    }

    /// The same for the same divisions, whatever their files' order or compression: FNV-1a over codes, parents and names.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut eat = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for (tier, divisions) in self.tiers() {
            eat(tier.file.as_bytes());
            for division in divisions {
                eat(&division.code.to_be_bytes());
                eat(&division.parent.to_be_bytes());
                eat(self.name(division).as_bytes());
                eat(&[0xff]);
            }
        }
        format!("{hash:016x}:{}", self.len())
    }
}

impl Tier {
    /// A division's code as it is written.
    pub(crate) fn code(&self, division: &Division) -> String {
        format!("{:0width$}", division.code, width = self.digits)
    }
}
