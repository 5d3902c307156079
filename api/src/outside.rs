//! The way to people: the realm's key for their addresses, and the channel that the configuration names.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use auth::Secrets;
use kernel::Id;
use notices::{Channel, Folder, Webhook};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::config::Settings;
use crate::plugins::Reach;

const KEY_FILE: &str = "secret.key";

/// What the configuration says of it.
pub fn reach(settings: &Settings) -> Result<Reach, String> {
    let text = match &settings.secret_key {
        Some(key) => key.clone(),
        None => key_of(&settings.data_dir)?,
    };
    let key = read_key(&text)?;
    Ok(Reach {
        secrets: Arc::new(Secrets::from_key(&key).map_err(|e| e.to_string())?),
        channel: channel(settings)?,
        public_url: settings.public_url.as_deref().map(Arc::from),
        open_units: settings.self_registration.iter().copied().map(Id::from_uuid).collect(),
    })
}

fn channel(settings: &Settings) -> Result<Option<Arc<dyn Channel>>, String> {
    match (&settings.notice_outbox_dir, &settings.notice_webhook_url, &settings.notice_webhook_secret) {
        (Some(_), Some(_), _) => {
            Err("notice_outbox_dir and notice_webhook_url: there is one channel at most".to_owned())
        }
        (Some(folder), None, _) => {
            let folder = Folder::new(folder).map_err(|e| format!("notice_outbox_dir: {e}"))?;
            Ok(Some(Arc::new(folder)))
        }
        (None, Some(url), Some(secret)) => {
            let hook = Webhook::new(url.expose_secret(), secret.clone())
                .map_err(|why| format!("notice_webhook_url: {why}"))?;
            Ok(Some(Arc::new(hook)))
        }
        (None, Some(_), None) => Err("notice_webhook_url needs notice_webhook_secret".to_owned()),
        (None, None, _) => Ok(None),
    }
}

/// The key in the data folder; drawn and written if there is none.
fn key_of(folder: &Path) -> Result<SecretString, String> {
    let path = folder.join(KEY_FILE);
    let trouble = |e: std::io::Error| format!("{}: {e}", path.display());
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(SecretString::from(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(trouble(e)),
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(trouble)?;
    let mut key = [0_u8; 32];
    rand::rng().fill_bytes(&mut key);
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    // Whole or not at all, and never in the place of another: a second gateway that starts at once takes the first one's.
    let beside = folder.join(format!(".{KEY_FILE}-{}-{:08x}", std::process::id(), rand::random::<u32>()));
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(trouble)?;
    let written = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| std::fs::hard_link(&beside, &path));
    std::fs::remove_file(&beside).map_err(trouble)?;
    match linked {
        Ok(()) => Ok(SecretString::from(text)),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            std::fs::read_to_string(&path).map(SecretString::from).map_err(trouble)
        }
        Err(e) => Err(trouble(e)),
    }
}

fn read_key(text: &SecretString) -> Result<SecretBox<[u8; 32]>, String> {
    let wrong = || "secret_key: 64 hexadecimal digits are expected".to_owned();
    let digits: Vec<u8> = text
        .expose_secret()
        .trim()
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, d| byte << 4 | d)).collect();
    let key: [u8; 32] = bytes.try_into().map_err(|_| wrong())?;
    if digits.len() != 64 { Err(wrong()) } else { Ok(SecretBox::new(Box::new(key))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    fn settings(pairs: &[(&str, &str)], data: &Path) -> Settings {
        let mut all: BTreeMap<String, String> =
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        all.insert("COMMONWEAL_DATA_DIR".to_owned(), data.display().to_string());
        Settings::from_sources(None, &all).unwrap()
    }

    fn hash(reach: &Reach) -> String {
        reach.secrets.hash("a", "b").unwrap()
    }

    #[test]
    fn the_key_is_drawn_once_and_is_its_owners_alone() {
        let data = tempfile::tempdir().unwrap();
        let settings = settings(&[], data.path());
        let first = reach(&settings).unwrap();
        assert_eq!(hash(&first), hash(&reach(&settings).unwrap()));
        let mode = std::fs::metadata(data.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(first.channel.is_none());
    }

    #[test]
    fn gateways_that_start_at_once_have_one_key() {
        let data = tempfile::tempdir().unwrap();
        let hashes: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..8).map(|_| scope.spawn(|| hash(&reach(&settings(&[], data.path())).unwrap()))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(hashes.windows(2).all(|two| two[0] == two[1]));
    }

    #[test]
    fn a_key_that_is_none_stops_the_start_and_is_not_told() {
        let data = tempfile::tempdir().unwrap();
        for key in ["abc", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"a".repeat(66)] {
            let refused = reach(&settings(&[("COMMONWEAL_SECRET_KEY", key)], data.path())).err().unwrap();
            assert!(!refused.contains(key), "{refused}");
        }
        let same = "0123456789abcdef".repeat(4);
        assert!(reach(&settings(&[("COMMONWEAL_SECRET_KEY", &same)], data.path())).is_ok());
        assert!(!data.path().join(KEY_FILE).exists());
    }

    #[test]
    fn there_is_one_channel_at_most_and_it_is_whole() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("outbox").display().to_string();
        let hook = ("COMMONWEAL_NOTICE_WEBHOOK_URL", "https://sms.town.example/hook");
        let signed = ("COMMONWEAL_NOTICE_WEBHOOK_SECRET", "twenty-four letters at least");
        let plain = ("COMMONWEAL_NOTICE_WEBHOOK_URL", "http://sms.town.example/hook");
        let folder = ("COMMONWEAL_NOTICE_OUTBOX_DIR", folder.as_str());
        for (pairs, right) in [
            (&[folder][..], true),
            (&[hook, signed], true),
            (&[hook], false),
            (&[plain, signed], false),
            (&[folder, hook, signed], false),
        ] {
            assert_eq!(reach(&settings(pairs, data.path())).is_ok(), right, "{pairs:?}");
        }
    }
}
