//! The ring of master keys: the newest wraps, older ones still unwrap. It comes from a file that nobody else may read, or from the
//! environment. A file is looked at again when it changed, so that an added key is known without a restart.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant as Moment, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;
use hkdf::Hkdf;
use kernel::id::Person;
use kernel::{Id, Instant, Outcome};
use parking_lot::RwLock;
use rand::TryRngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::seal::{DataKey, KEY, open, seal};

/// How long a ring is believed before its file is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const HEAD: &str = "# Commonweal's master keys, the oldest first: the newest wraps, all unwrap. Nobody can read a person's data\n\
                    # without them. Keep a copy of this file away from the database's backups.\n";

/// What is wrong with a ring, in words for whoever runs the machine. Never a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingFault(pub String);

impl fmt::Display for RingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for RingFault {}

/// One master key: what is derived of it, and never itself.
pub struct MasterKey {
    id: String,
    wraps: Zeroizing<[u8; KEY]>,
    proof: [u8; 16],
}

impl MasterKey {
    fn derive(id: &str, raw: &[u8]) -> Result<Self, RingFault> {
        if raw.len() != KEY {
            return Err(RingFault(format!("the master key {id} has not {KEY} bytes")));
        }
        let from = Hkdf::<Sha256>::new(None, raw);
        let (mut wraps, mut proof) = (Zeroizing::new([0_u8; KEY]), [0_u8; 16]);
        from.expand(b"commonweal.people.wrap.1", &mut *wraps)
            .and_then(|()| from.expand(b"commonweal.people.proof.1", &mut proof))
            .map_err(|e| RingFault(format!("the master key {id}: {e}")))?;
        Ok(Self { id: id.to_owned(), wraps, proof })
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tells the key from any other without saying anything of it: kept in the database, so that a wrong key is noticed.
    pub fn proof(&self) -> &[u8] {
        &self.proof
    }

    /// Wraps a person's key.
    pub fn wrap(&self, person: Id<Person>, key: &DataKey) -> Outcome<Vec<u8>> {
        seal(&self.wraps, key.bytes(), &self.place("person", person.uuid().as_bytes()))
    }

    /// Unwraps a person's key; `None` where it was wrapped by another master key or for another person, or altered.
    pub fn unwrap(&self, person: Id<Person>, wrapped: &[u8]) -> Option<DataKey> {
        let key = open(&self.wraps, wrapped, &self.place("person", person.uuid().as_bytes()))?;
        DataKey::from_bytes(&key)
    }

    /// Wraps a secret of the realm.
    pub(crate) fn wrap_secret(&self, name: &str, secret: &[u8]) -> Outcome<Vec<u8>> {
        seal(&self.wraps, secret, &self.place("realm", name.as_bytes()))
    }

    /// Unwraps a secret of the realm.
    pub(crate) fn unwrap_secret(&self, name: &str, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.wraps, wrapped, &self.place("realm", name.as_bytes()))
    }

    fn place(&self, what: &str, whose: &[u8]) -> Vec<u8> {
        let mut at = format!("commonweal.people.key\0{}\0{what}\0", self.id).into_bytes();
        at.extend_from_slice(whose);
        at
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

struct State {
    keys: Vec<Arc<MasterKey>>,
    stamp: Option<(SystemTime, u64)>,
    looked: Moment,
}

struct Inner {
    file: Option<PathBuf>,
    state: RwLock<State>,
}

/// The ring: cheap to clone, the same for all who hold it.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

impl Keyring {
    fn of(file: Option<PathBuf>, keys: Vec<Arc<MasterKey>>, stamp: Option<(SystemTime, u64)>) -> Self {
        Self(Arc::new(Inner { file, state: RwLock::new(State { keys, stamp, looked: Moment::now() }) }))
    }

    /// Without a key: for documents and checks.
    pub fn none() -> Self {
        Self::of(None, Vec::new(), None)
    }

    /// From a text, as the environment gives it: `ID:BASE64`, the oldest first, with blanks or commas between.
    pub fn from_text(text: &str) -> Result<Self, RingFault> {
        let keys = parse(text)?;
        if keys.is_empty() {
            return Err(RingFault("there is no master key in it".to_owned()));
        }
        Ok(Self::of(None, keys, None))
    }

    /// From a file that only its owner may read.
    pub fn open(path: &Path) -> Result<Self, RingFault> {
        let (keys, stamp) = read(path)?;
        Ok(Self::of(Some(path.to_owned()), keys, Some(stamp)))
    }

    /// Makes a file with one fresh key, if there is none, and opens it. Two who try at once get the same one.
    pub fn create(path: &Path, now: Instant) -> Result<Self, RingFault> {
        let fresh = beside(path, &format!("new-{:016x}", rand::random::<u64>()));
        let line = fresh_line(now)?;
        write_new(&fresh, &[HEAD.as_bytes(), line.as_bytes()])?;
        let linked = fs::hard_link(&fresh, path);
        drop(fs::remove_file(&fresh));
        match linked {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(trouble(path, &e)),
        }
        Self::open(path)
    }

    /// Where it comes from, for messages.
    pub fn place(&self) -> String {
        self.0.file.as_ref().map_or_else(|| "COMMONWEAL_MASTER_KEYS".to_owned(), |f| f.display().to_string())
    }

    /// The file it comes from, if it does.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The keys' names, the oldest first.
    pub fn ids(&self) -> Vec<String> {
        self.look(false);
        self.0.state.read().keys.iter().map(|k| k.id.clone()).collect()
    }

    /// The key of this name. One that is not known yet is looked for in the file at once.
    pub fn key(&self, id: &str) -> Option<Arc<MasterKey>> {
        self.look(false);
        let find = || self.0.state.read().keys.iter().find(|k| k.id == id).cloned();
        find().or_else(|| {
            self.look(true);
            find()
        })
    }

    /// The newest key.
    pub fn newest(&self) -> Option<Arc<MasterKey>> {
        self.look(true);
        self.0.state.read().keys.last().cloned()
    }

    /// Reads the file again if it changed. A file that cannot be read now changes nothing: what was read still holds.
    fn look(&self, at_once: bool) {
        let Some(file) = &self.0.file else { return };
        let (stamp, looked) = {
            let state = self.0.state.read();
            (state.stamp, state.looked)
        };
        if !at_once && looked.elapsed() < LOOK_AGAIN {
            return;
        }
        let changed = stamp_of(file).is_ok_and(|now| Some(now) != stamp);
        let fresh = changed.then(|| read(file));
        let mut state = self.0.state.write();
        state.looked = Moment::now();
        match fresh {
            Some(Ok((keys, stamp))) => {
                state.keys = keys;
                state.stamp = Some(stamp);
            }
            Some(Err(fault)) => tracing::error!(%fault, "the master keys' file changed and cannot be read"),
            None => {}
        }
    }

    /// Adds a fresh key to the file; answers its name. It wraps nothing until the realm is told to use it.
    pub fn add(&self, now: Instant) -> Result<String, RingFault> {
        let (path, text) = self.text()?;
        let line = fresh_line(now)?;
        let id = line.split(':').next().unwrap_or_default().to_owned();
        let end = if text.ends_with('\n') { "" } else { "\n" };
        replace(path, &[text.as_bytes(), end.as_bytes(), line.as_bytes()])?;
        self.look(true);
        Ok(id)
    }

    /// Takes a key out of the file and puts it beside it, for the backups that were made under it; answers where.
    pub fn put_away(&self, id: &str) -> Result<PathBuf, RingFault> {
        let (path, text) = self.text()?;
        let is_it = |line: &&str| line.trim().split(':').next() == Some(id);
        let line = text.lines().find(is_it).ok_or_else(|| RingFault(format!("{id} is not in the ring")))?;
        let away = beside(path, &format!("retired-{id}"));
        write_new(&away, &[line.as_bytes(), b"\n"])?;
        let rest: Zeroizing<String> =
            Zeroizing::new(text.lines().filter(|l| !is_it(l)).flat_map(|l| [l, "\n"]).collect());
        replace(path, &[rest.as_bytes()])?;
        self.look(true);
        Ok(away)
    }

    fn text(&self) -> Result<(&Path, Zeroizing<String>), RingFault> {
        let path = self.file().ok_or_else(|| {
            RingFault(
                "the master keys come from COMMONWEAL_MASTER_KEYS: change them where they are set".to_owned(),
            )
        })?;
        let text = fs::read_to_string(path).map_err(|e| trouble(path, &e))?;
        Ok((path, Zeroizing::new(text)))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("ids", &self.ids()).finish_non_exhaustive()
    }
}

fn trouble(path: &Path, error: &std::io::Error) -> RingFault {
    RingFault(format!("{}: {error}", path.display()))
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{what}"));
    PathBuf::from(name)
}

fn stamp_of(path: &Path) -> Result<(SystemTime, u64), RingFault> {
    let facts = fs::metadata(path).map_err(|e| trouble(path, &e))?;
    let modified = facts.modified().map_err(|e| trouble(path, &e))?;
    Ok((modified, facts.len()))
}

type Read = (Vec<Arc<MasterKey>>, (SystemTime, u64));

fn read(path: &Path) -> Result<Read, RingFault> {
    // The stamp first: a change between the two is seen at the next look.
    let stamp = stamp_of(path)?;
    let mode = fs::metadata(path).map_err(|e| trouble(path, &e))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(RingFault(format!(
            "{} holds the master keys and others may read it (mode {mode:o}): chmod 600",
            path.display()
        )));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|e| trouble(path, &e))?);
    let keys = parse(&text).map_err(|e| RingFault(format!("{}: {e}", path.display())))?;
    if keys.is_empty() {
        return Err(RingFault(format!("{} holds no master key", path.display())));
    }
    Ok((keys, stamp))
}

fn parse(text: &str) -> Result<Vec<Arc<MasterKey>>, RingFault> {
    let mut keys: Vec<Arc<MasterKey>> = Vec::new();
    let words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split([',', ' ', '\t', '\r']))
        .filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        let number = number + 1;
        let (id, key) =
            word.split_once(':').ok_or_else(|| RingFault(format!("key {number} is not ID:BASE64")))?;
        let sound = (1..=40).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !sound {
            return Err(RingFault(format!("key {number}: a name has 1 to 40 of a-z, 0-9 and -")));
        }
        let raw = B64.decode(key).map(Zeroizing::new);
        let raw = raw.map_err(|_| RingFault(format!("the master key {id} is not base64")))?;
        if keys.iter().any(|k| k.id == id) {
            return Err(RingFault(format!("the master key {id} is there twice")));
        }
        keys.push(Arc::new(MasterKey::derive(id, &raw)?));
    }
    Ok(keys)
}

fn fresh_line(now: Instant) -> Result<Zeroizing<String>, RingFault> {
    let mut raw = Zeroizing::new([0_u8; KEY]);
    rand::rngs::OsRng.try_fill_bytes(&mut *raw).map_err(|e| RingFault(format!("no random bytes: {e}")))?;
    let day = now.utc().format("%Y%m%d");
    let key = Zeroizing::new(B64.encode(*raw));
    Ok(Zeroizing::new(format!("{day}-{:08x}:{}\n", rand::random::<u32>(), *key)))
}

/// Writes a file that must not exist, for its owner only, down to the disk.
fn write_new(path: &Path, parts: &[&[u8]]) -> Result<(), RingFault> {
    let written = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()
    };
    written().map_err(|e| trouble(path, &e))
}

/// Writes a file anew and switches it in, so that nobody reads half of it.
fn replace(path: &Path, parts: &[&[u8]]) -> Result<(), RingFault> {
    let fresh = beside(path, &format!("new-{:016x}", rand::random::<u64>()));
    write_new(&fresh, parts)?;
    fs::rename(&fresh, path).map_err(|e| trouble(path, &e))?;
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        // The name itself must be on the disk too.
        fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|e| trouble(folder, &e))?;
    }
    Ok(())
}
