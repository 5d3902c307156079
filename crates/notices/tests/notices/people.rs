//! Inboxes.

use std::sync::Arc;

use auth::Secrets;
use contracts::{AddressKind, Notice, Notices, Recipient, Template};
use kernel::PageSize;
use kernel::id::User;
use notices::Sender;
use notices::service::inbox;
use notices::store::messages;
use testkit::TestDb;

static MOVED: Template = Template {
    kind: "test.moved",
    title_en: "{name} has moved",
    title_zh: "{name}已搬家",
    body_en: "{name} lives elsewhere now.",
    body_zh: "{name}现居他处。",
};

pub fn each() -> Vec<TestDb> {
    TestDb::each(&[storage::migrate::own(), notices::plugin::migrations()])
}

#[test]
fn a_notice_is_in_its_inbox_in_both_languages_and_is_read_once() {
    for test in each() {
        let (one, two) = (testkit::fresh::<User>(), testkit::fresh::<User>());
        let sender = Sender::new(Arc::new(Secrets::drawn().unwrap()), None);
        let (clock, ids) = (test.db.clock().clone(), test.db.ids().clone());
        for _ in 0..3 {
            let (sender, clock, ids) = (sender.clone(), clock.clone(), ids.clone());
            test.db
                .write_blocking(move |tx| {
                    let to = Recipient::User(one);
                    let notice =
                        Notice { template: &MOVED, to, parameters: vec![("name", "Wang".to_owned())] };
                    sender.send(tx, clock.now(), ids.as_ref(), &notice)
                })
                .unwrap();
        }
        let list = |user, unread| {
            let size = PageSize::new(2).unwrap();
            test.db.read_blocking(move |tx| messages::list(tx, user, unread, None, size, 7)).unwrap()
        };
        let page = list(one, false);
        assert_eq!((page.items.len(), page.next.is_some()), (2, true));
        assert!(page.items[0].id > page.items[1].id, "newest first");
        assert_eq!(
            (page.items[0].title_en.as_str(), page.items[0].title_zh.as_str()),
            ("Wang has moved", "Wang已搬家")
        );
        assert!(list(two, false).items.is_empty());

        let newest = page.items[0].id;
        let stranger = testkit::context(&test.db, two, Vec::new());
        let refused = test.db.write_blocking(move |tx| inbox::mark_read(tx, &stranger, newest));
        assert_eq!(refused.unwrap_err().code(), Some(&kernel::error::NOT_FOUND), "another's is not there");
        let owner = testkit::context(&test.db, one, Vec::new());
        let again = owner.clone();
        let read = test.db.write_blocking(move |tx| inbox::mark_read(tx, &owner, newest)).unwrap();
        let twice = test.db.write_blocking(move |tx| inbox::mark_read(tx, &again, newest)).unwrap();
        assert!(read.read_at.is_some());
        assert_eq!(read.read_at, twice.read_at);
        assert_eq!(list(one, true).items.len(), 2);
        assert!(list(one, true).items.iter().all(|m| m.id != newest));
        let far = clock.now().plus_days(1);
        assert_eq!(test.db.write_blocking(move |tx| messages::purge(tx, far)).unwrap(), 3);
    }
}

#[test]
fn without_a_channel_nobody_outside_is_written_to() {
    for test in each() {
        let sender = Sender::new(Arc::new(Secrets::drawn().unwrap()), None);
        assert!(!Notices::<storage::Tx<'_>>::reaches(&sender, AddressKind::Phone));
        let (clock, ids) = (test.db.clock().clone(), test.db.ids().clone());
        let refused = test.db.write_blocking(move |tx| {
            let to = Recipient::Address {
                kind: AddressKind::Phone,
                address: "+8613800138000".into(),
                language: contracts::Language::Zh,
                expires_at: clock.now().plus_days(1),
            };
            let notice = Notice { template: &MOVED, to, parameters: Vec::new() };
            sender.send(tx, clock.now(), ids.as_ref(), &notice)
        });
        assert_eq!(refused.unwrap_err().code(), Some(&notices::error::NO_CHANNEL));
    }
}
