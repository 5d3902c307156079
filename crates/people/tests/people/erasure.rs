//! Erasing a person by their key, with a backup from before.

use contracts::PersonDirectory;
use kernel::id::Person as PersonId;
use kernel::{Context, Id, Outcome, PageSize};
use people::model::{ErasureReason, Person, Status, Whole};
use people::service::look_up::By;
use people::service::{accounts, change, erase, keys, trail};
use serde_json::Value;
use storage::lease;
use storage::{Db, Engine, StorageConfig, audit, upkeep};

use crate::world::*;

fn erased(w: &World, who: &Context, person: &Person) -> Outcome<Person> {
    let (who, id, version) = (w.now(who), person.id, person.version);
    w.write(move |tx, _| erase::erase(tx, &who, id, version, ErasureReason::RequestedByPerson))
}

fn trail_of(db: &Db, id: Id<PersonId>) -> Vec<audit::Record> {
    let filter = audit::Filter { object: Some(id.uuid()), ..audit::Filter::default() };
    db.read_blocking(move |tx| audit::list(tx, &filter, None, PageSize::DEFAULT, 0)).unwrap().items
}

fn sealed_in(records: &[audit::Record]) -> Vec<String> {
    let bodies: Vec<Value> = records.iter().map(|r| serde_json::from_str(&r.body).unwrap()).collect();
    let of = |body: &Value, part: &str| body[part]["sealed"].as_str().map(str::to_owned);
    bodies.iter().flat_map(|b| [of(b, "before"), of(b, "after")]).flatten().collect()
}

fn seal_and_verify(db: &Db) {
    let now = db.clock().now();
    db.write_blocking(move |tx| {
        let lease = lease::take(tx, "audit.seal", "test", now, now.plus_seconds(60))?.expect("the lease");
        while audit::seal(tx, &lease, 500)? > 0 {}
        Ok(())
    })
    .unwrap();
    let page = db.read_blocking(|tx| audit::verify(tx, (0, audit::GENESIS.to_owned()), 10_000)).unwrap();
    assert!(page.complete && page.broken.is_none() && page.checked > 0, "{page:?}");
}

#[test]
fn an_erased_person_is_a_tombstone_and_every_chain_is_whole() {
    for w in World::each() {
        let (clerk, reader) = (w.clerk(), w.reader(DISTRICT));
        let person = w.entered(C1A, elder());
        let (ctx, id, login) = (w.now(&clerk), person.id, w.person("张三的账号", C1A, &[]).actor.user);
        w.write(move |tx, s| accounts::tie(tx, &ctx, s, id, login)).unwrap();
        let (ctx, version) = (w.now(&clerk), person.version);
        let person = w
            .write(move |tx, s| {
                let to = change::Change { name: Some("张君宝".into()), ..Default::default() };
                change::change(tx, &ctx, s, id, version, &to)
            })
            .unwrap();
        w.unmask(&reader, id, &[Whole::Phones]).unwrap();

        let vault = w.s.vault.clone();
        let key = w.write(move |tx, _| keys::data_key(tx, &vault, id)).unwrap().unwrap();
        let sealed = sealed_in(&trail_of(&w.db.db, id));
        assert!(sealed.len() >= 3, "create, change before and after, unmask");
        let opened: Vec<String> =
            sealed.iter().map(|s| trail::reveal(&person, &key, s).unwrap().to_string()).collect();
        assert!(opened.iter().any(|t| t.contains("张三丰")) && opened.iter().any(|t| t.contains("张君宝")));

        assert_eq!(
            code(erased(&w, &w.clerk(), &person)),
            "kernel.forbidden",
            "a unit's administrator does not"
        );
        assert_eq!(code(erased(&w, &reader, &Person { version: 1, ..person.clone() })), "kernel.stale");
        let gone = erased(&w, &reader, &person).unwrap();
        assert_eq!((gone.status, gone.version), (Status::Erased, 3));
        assert_eq!(gone.erased.unwrap().reason, ErasureReason::RequestedByPerson);

        let vault = w.s.vault.clone();
        assert!(w.write(move |tx, _| keys::data_key(tx, &vault, id)).unwrap().is_none());
        let shown = w.see(&clerk, id).unwrap();
        assert_eq!(
            (shown.name.as_str(), shown.phones.len(), shown.documents.len(), shown.flags.len()),
            ("**", 0, 0, 0)
        );
        assert!(w.look_up(&clerk, By::Phone(PHONE.into())).unwrap().is_empty());
        assert_eq!(code(w.unmask(&reader, id, &[Whole::Name])), "people.erased");
        assert_eq!(code(erased(&w, &reader, &gone)), "people.erased");
        let ctx = w.now(&clerk);
        let changed = w.write(move |tx, s| change::change(tx, &ctx, s, id, 3, &change::Change::default()));
        assert_eq!(code(changed), "people.erased");
        let directory = people::Directory::new(w.s.vault.clone());
        let told = w
            .write(move |tx, _| Ok((directory.persons(tx, &[id])?, directory.person_of(tx, login)?)))
            .unwrap();
        assert!(told.0[0].erased && told.0[0].masked_name == "**" && told.1.is_none());
        // The same document can be entered again: nothing remembers it.
        assert!(w.enter(&clerk, C1A, elder()).is_ok());
        seal_and_verify(&w.db.db);
        let records = trail_of(&w.db.db, id);
        assert!(records.iter().any(|r| r.action == "people.person.erase"));
        assert!(
            !records.iter().any(|r| r.body.contains(&login.to_string())),
            "the account is said nowhere in the clear"
        );
    }
}

#[test]
fn a_backup_from_before_brings_nobody_back() {
    let w = World::each().remove(0);
    let Engine::Sqlite(_) = &w.db.config.engine else { panic!("the first is SQLite") };
    let reader = w.reader(DISTRICT);
    let (gone, stays) = (w.entered(C1A, elder()), w.entered(C1A, named("李四")));
    let backup = w.folder.path().join("backup.db");
    upkeep::backup_sqlite(&w.db.config.engine, &backup).unwrap();
    erased(&w, &reader, &gone).unwrap();
    let list = w.s.erasures.clone().unwrap();
    let shell = w.now(&reader);
    let done = erase::reconcile(&w.db.db, &shell, &list).unwrap();
    assert_eq!((done.written, done.reapplied), (1, 0));

    let config = StorageConfig::new(Engine::Sqlite(backup));
    let restored = Db::open(&config, w.db.db.clock().clone(), w.db.db.ids().clone()).unwrap();
    let (vault, id) = (w.s.vault.clone(), gone.id);
    let key = restored
        .read_blocking(move |tx| keys::data_key(tx, &vault, id))
        .unwrap()
        .expect("the backup has the key");
    assert_eq!(gone.open_name(&key).unwrap(), "张三丰", "so a backup is personal data and is kept like it");

    let (vault, now) = (w.s.vault.clone(), restored.clock().now());
    restored.write_blocking(move |tx| keys::start(tx, now, &vault)).unwrap();
    let done = erase::reconcile(&restored, &shell, &list).unwrap();
    assert_eq!((done.written, done.reapplied), (0, 1));
    assert_eq!(erase::reconcile(&restored, &shell, &list).unwrap().reapplied, 0, "once is enough");
    let (vault, other) = (w.s.vault.clone(), stays.id);
    let left = restored.read_blocking(move |tx| {
        Ok((keys::data_key(tx, &vault, id)?.is_none(), keys::data_key(tx, &vault, other)?.is_some()))
    });
    assert_eq!(left.unwrap(), (true, true));
    let again = restored.read_blocking(move |tx| people::store::people::find(tx, id)).unwrap().unwrap();
    assert_eq!(again.erased.unwrap().reason, ErasureReason::Reapplied);
    seal_and_verify(&restored);
    restored.close();
}

#[test]
fn a_key_that_was_restored_by_hand_is_destroyed_again_on_both_engines() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        let id = person.id;
        let wrapped = w.write(move |tx, _| people::store::keys::of(tx, &[id])).unwrap();
        assert!(wrapped[0].wrapped.len() == 73, "what is written over is as long as what it covers");
        erased(&w, &w.reader(DISTRICT), &person).unwrap();
        let list = w.s.erasures.clone().unwrap();
        let shell = w.now(&w.clerk());
        erase::reconcile(&w.db.db, &shell, &list).unwrap();
        // As a restored database has it: the row as it was, the key back.
        let back = Person { version: person.version + 2, ..person.clone() };
        w.write(move |tx, _| {
            assert!(people::store::people::update(tx, &back)?);
            people::store::keys::insert(tx, &wrapped)
        })
        .unwrap();
        assert_eq!(w.see(&w.clerk(), id).unwrap().name, "张**");
        assert_eq!(w.write(move |tx, _| erase::still_there(tx, &[id])).unwrap(), 1);
        assert_eq!(erase::reconcile(&w.db.db, &shell, &list).unwrap().reapplied, 1);
        assert_eq!(w.see(&w.clerk(), id).unwrap().name, "**");
        seal_and_verify(&w.db.db);
    }
}

#[test]
fn the_wrapped_key_is_gone_from_the_file() {
    let w = World::each().remove(0);
    let person = w.entered(C1A, elder());
    let id = person.id;
    let wrapped = w.write(move |tx, _| people::store::keys::of(tx, &[id])).unwrap().remove(0).wrapped;
    erased(&w, &w.reader(DISTRICT), &person).unwrap();
    let Engine::Sqlite(path) = &w.db.config.engine else { panic!("the first is SQLite") };
    // A fresh file from what is left holds no trace; the log of the old one is gone once it is folded in.
    w.db.db.close();
    let file = std::fs::read(path).unwrap();
    assert!(!file.windows(wrapped.len()).any(|part| part == wrapped), "the key was written over");
}
