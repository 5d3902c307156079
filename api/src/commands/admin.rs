//! `commonweal admin …`: the way back in from the machine's shell. Every use is on the audit trail.

use identity::service::doorstep::Doorstep;
use identity::service::session::Door;
use identity::service::{bootstrap, realm_key, second_factor};
use kernel::permission::BuiltinRole;
use rand::Rng;
use rand::distr::Alphanumeric;
use secrecy::{ExposeSecret, SecretString};
use storage::Db;

use crate::config::Settings;
use crate::gateway::{SHELL_REQUEST, open_current, plugins};
use crate::terminal::say;

/// A password that nobody guesses: 24 letters and digits, some 142 bits.
pub fn draw_password() -> SecretString {
    SecretString::from(rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect::<String>())
}

/// The password's hash, after the policy had its say.
pub fn hash(password: &SecretString, login: &str) -> Result<String, String> {
    let mut fields = kernel::error::Fields::default();
    auth::password::check(password, login, "/password", &mut fields);
    fields.finish().map_err(|_| {
        "the password is too weak: at least 10 characters, not only digits, not the login".to_owned()
    })?;
    auth::password::hash(auth::Cost::PRODUCTION, password).map_err(|e| e.to_string())
}

/// Makes the first administrator of the tree, if nobody can manage rights; answers the password if it was drawn here.
pub fn found(db: &Db, login: &str, given: Option<&SecretString>) -> Result<Option<SecretString>, String> {
    let there = db
        .read_blocking(|tx| {
            identity::service::last_administrator::is_there(tx, kernel::Clock::now(&kernel::SystemClock))
        })
        .map_err(|e| e.to_string())?;
    if there {
        return Err(
            "somebody can manage rights already; use `admin reset-password` or `admin grant`".to_owned()
        );
    }
    let drawn = given.is_none().then(draw_password);
    let password = given.or(drawn.as_ref()).ok_or("there is no password")?;
    let password_hash = hash(password, login)?;
    let (login, clock, ids) = (login.to_owned(), db.clock().clone(), db.ids().clone());
    db.write_blocking(move |tx| {
        let door = Door { now: clock.now(), request_id: SHELL_REQUEST, ids: ids.as_ref() };
        let root = root(tx)?;
        bootstrap::first_administrator(tx, door, &login, "Administrator", &password_hash, &root)
    })
    .map_err(|e| e.to_string())?;
    Ok(drawn)
}

fn root(tx: &mut storage::Tx<'_>) -> kernel::Outcome<contracts::UnitRef> {
    use contracts::UnitTree;
    let roots = territory::Units.roots(tx)?;
    roots
        .into_iter()
        .next()
        .ok_or_else(|| kernel::Fault::internal("there is no unit yet: import or seed first"))
}

/// `admin create`.
pub fn create(settings: &Settings, login: &str) -> Result<(), String> {
    let db = open_current(settings)?;
    let plugins = plugins(settings, &db)?;
    super::serve::prepare(&db, &plugins)?;
    let drawn = found(&db, login, settings.admin_password.as_ref())?;
    db.close();
    say(&format!("{login} is the first administrator."));
    tell(drawn.as_ref());
    Ok(())
}

/// `admin reset-mfa`.
pub fn reset_mfa(settings: &Settings, login: &str) -> Result<(), String> {
    let db = open_current(settings)?;
    let name = login.to_owned();
    let (clock, ids) = (db.clock().clone(), db.ids().clone());
    db.write_blocking(move |tx| {
        let door = Door { now: clock.now(), request_id: SHELL_REQUEST, ids: ids.as_ref() };
        second_factor::reset_from_shell(tx, door, &name)
    })
    .map_err(|e| e.to_string())?;
    db.close();
    say(&format!("{login} signs in by password alone now."));
    Ok(())
}

/// `admin reset-password`.
pub fn reset_password(settings: &Settings, login: &str) -> Result<(), String> {
    let db = open_current(settings)?;
    let drawn = draw_password();
    let (name, password_hash) = (login.to_owned(), hash(&drawn, login)?);
    let (clock, ids) = (db.clock().clone(), db.ids().clone());
    db.write_blocking(move |tx| {
        let door = Door { now: clock.now(), request_id: SHELL_REQUEST, ids: ids.as_ref() };
        bootstrap::reset_password(tx, door, &name, &password_hash, true)
    })
    .map_err(|e| e.to_string())?;
    db.close();
    say(&format!("{login} has a new password, to be changed at the next sign-in. All sessions have ended."));
    tell(Some(&drawn));
    Ok(())
}

/// `admin grant`.
pub fn grant(settings: &Settings, login: &str, role: &str, reason: &str) -> Result<(), String> {
    let role = BuiltinRole::ALL.into_iter().find(|r| r.name() == role).ok_or_else(|| {
        format!("{role} is no built-in role: {}", BuiltinRole::ALL.map(BuiltinRole::name).join(", "))
    })?;
    if reason.trim().is_empty() {
        return Err("--reason must say why".to_owned());
    }
    let db = open_current(settings)?;
    let (name, why) = (login.to_owned(), reason.to_owned());
    let (clock, ids) = (db.clock().clone(), db.ids().clone());
    db.write_blocking(move |tx| {
        let door = Door { now: clock.now(), request_id: SHELL_REQUEST, ids: ids.as_ref() };
        let root = root(tx)?;
        bootstrap::grant_role(tx, door, &name, role, &root, &why)
    })
    .map_err(|e| e.to_string())?;
    db.close();
    say(&format!("{login} holds {} at the root.", role.name()));
    Ok(())
}

/// `admin rotate-keys`.
pub fn rotate_keys(settings: &Settings) -> Result<(), String> {
    let db = open_current(settings)?;
    let (clock, life) = (db.clock().clone(), settings.access_token_minutes * 60);
    db.write_blocking(move |tx| identity::service::keys::rotate_keys(tx, clock.now(), life).map(drop))
        .map_err(|e| e.to_string())?;
    db.close();
    say("A new key signs tokens; the old one verifies what it signed until that has expired.");
    Ok(())
}

/// `admin adopt-key`.
pub fn adopt_key(settings: &Settings) -> Result<(), String> {
    let db = open_current(settings)?;
    let services = plugins(settings, &db)?.identity;
    let doorstep =
        Doorstep { now: db.clock().now(), request_id: SHELL_REQUEST.into(), ids: db.ids().clone() };
    let forgotten = db
        .write_blocking(move |tx| realm_key::adopt(tx, &doorstep, services.outside()?))
        .map_err(|e| e.to_string())?;
    db.close();
    say(&format!("The key is the realm's from now on. {forgotten} contacts were forgotten."));
    Ok(())
}

fn tell(password: Option<&SecretString>) {
    if let Some(password) = password {
        say(&format!("Password, shown this once: {}", password.expose_secret()));
    }
}
