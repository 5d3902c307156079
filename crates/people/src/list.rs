//! The list of erasures: a file outside the database that is only added to. One line each, a moment and a person's id: nothing
//! personal. It lives as long as the oldest backup.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::id::Person;
use kernel::{Fault, Id, Instant, Outcome};
use parking_lot::Mutex;

/// The list, cheap to clone.
#[derive(Debug, Clone)]
pub struct ErasureList {
    path: Arc<PathBuf>,
    /// One writer in this process; another process adds whole lines at the end as well.
    turn: Arc<Mutex<()>>,
}

impl ErasureList {
    /// The list in this file, there or not yet.
    pub fn at(path: &Path) -> Self {
        Self { path: Arc::new(path.to_owned()), turn: Arc::default() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of it, in the order it was written. A last line that a crash cut off is left out; any other that cannot be read is a
    /// fault: a list that forgets in silence would bring people back.
    pub fn all(&self) -> Outcome<Vec<(Instant, Id<Person>)>> {
        let text = self.text()?;
        let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
        whole.lines().filter(|line| !line.trim().is_empty()).map(|line| self.entry(line)).collect()
    }

    fn entry(&self, line: &str) -> Outcome<(Instant, Id<Person>)> {
        let read = line.split_once(' ').and_then(|(micros, id)| {
            Some((Instant::from_micros(micros.parse().ok()?)?, id.trim().parse().ok()?))
        });
        read.ok_or_else(|| Fault::internal(format!("{} has a line that is no erasure", self.path.display())))
    }

    fn text(&self) -> Outcome<String> {
        match fs::read_to_string(&*self.path) {
            Ok(text) => Ok(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(e) => Err(self.trouble(&e)),
        }
    }

    fn trouble(&self, error: &std::io::Error) -> Fault {
        Fault::internal(format!("{}: {error}", self.path.display()))
    }

    /// Adds those that are not on it, down to the disk; answers how many.
    pub fn add(&self, erased: &[(Instant, Id<Person>)]) -> Outcome<usize> {
        let _turn = self.turn.lock();
        let known: BTreeSet<Id<Person>> = self.all()?.into_iter().map(|(_, id)| id).collect();
        let fresh: Vec<_> = erased.iter().filter(|(_, id)| !known.contains(id)).collect();
        if fresh.is_empty() {
            return Ok(0);
        }
        let before = self.text()?;
        let torn = !before.is_empty() && !before.ends_with('\n');
        // A torn line is closed by what makes it no entry and no fault: it is dropped by writing the list anew.
        if torn {
            self.drop_torn(&before)?;
        }
        let lines: String = fresh.iter().map(|(at, id)| format!("{} {id}\n", at.micros())).collect();
        let write = || {
            let mut file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&*self.path)?;
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|e| self.trouble(&e))?;
        Ok(fresh.len())
    }

    fn drop_torn(&self, text: &str) -> Outcome<()> {
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        let end = u64::try_from(end).map_err(Fault::internal)?;
        let file = fs::OpenOptions::new().write(true).open(&*self.path).map_err(|e| self.trouble(&e))?;
        file.set_len(end).map_err(|e| self.trouble(&e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: i64) -> (Instant, Id<Person>) {
        (Instant::from_micros(n).unwrap(), Id::from_uuid(uuid::Uuid::from_u128(u128::try_from(n).unwrap())))
    }

    #[test]
    fn it_is_added_to_once_each_and_survives_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let list = ErasureList::at(&folder.path().join("erasures"));
        assert_eq!(list.all().unwrap(), []);
        assert_eq!(list.add(&[at(1), at(2)]).unwrap(), 2);
        assert_eq!(list.add(&[at(2), at(3)]).unwrap(), 1);
        assert_eq!(list.all().unwrap(), [at(1), at(2), at(3)]);
        let mut file = fs::OpenOptions::new().append(true).open(list.path()).unwrap();
        file.write_all(b"4 0000").unwrap();
        assert_eq!(list.all().unwrap().len(), 3, "the torn line is not read");
        assert_eq!(list.add(&[at(5)]).unwrap(), 1);
        assert_eq!(list.all().unwrap(), [at(1), at(2), at(3), at(5)]);
    }

    #[test]
    fn a_line_that_is_none_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let list = ErasureList::at(&folder.path().join("erasures"));
        fs::write(list.path(), "what is this\n").unwrap();
        assert!(list.all().is_err() && list.add(&[at(1)]).is_err());
    }
}
