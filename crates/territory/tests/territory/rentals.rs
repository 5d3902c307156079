//! Rentals: the same days are not let twice, whoever asks at once.

use kernel::id::Person;
use kernel::{Fault, Id, Outcome, PageSize};
use storage::Db;
use territory::Unit;
use territory::model::Rental;
use territory::service::rental::{self, Filter, NewRental};
use territory::service::residence::State;
use testkit::fresh;

use crate::fakes::databases;
use crate::homes::town;
use crate::settling::*;

fn end(db: &Db, unit: &Unit, r: &Rental, to: &str) -> Outcome<Rental> {
    let (ctx, id, version, to) = (keeper(db, unit), r.id, r.version, day(to));
    write(db, move |tx| rental::end(tx, &ctx, &homes(), id, version, to))
}

fn void(db: &Db, unit: &Unit, r: &Rental) -> Outcome<Rental> {
    let (ctx, id, version) = (keeper(db, unit), r.id, r.version);
    write(db, move |tx| rental::void(tx, &ctx, id, version, "重复登记"))
}

#[test]
fn a_rental_is_filed_listed_ended_and_withdrawn() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let d = build(&t.db, &here);
        let (landlord, mut tenants): (Id<Person>, Vec<Id<Person>>) = (fresh(), vec![fresh(), fresh()]);
        tenants.sort_unstable();
        let twice = vec![tenants[1], tenants[0], tenants[1]];
        let new =
            NewRental { landlord, tenants: twice, ..lease(d.id, "2026-01-01", Some("2027-01-01"), false) };
        let filed = let_out(&t.db, &here, new).unwrap();
        assert_eq!((&filed.tenants, filed.landlord), (&tenants, landlord));
        let find = |f: &dyn Fn(&mut Filter)| {
            let mut filter = Filter {
                dwelling: None,
                landlord: None,
                tenant: None,
                state: State::Current,
                on: day(TODAY),
                after: None,
            };
            f(&mut filter);
            let ctx = keeper(&t.db, &here);
            let page = t
                .db
                .read_blocking(move |tx| rental::list(tx, &ctx, None, &filter, None, PageSize::DEFAULT, 7))
                .unwrap();
            page.items
        };
        assert_eq!(find(&|f| f.tenant = Some(tenants[1])), std::slice::from_ref(&filed));
        assert_eq!(find(&|f| f.landlord = Some(landlord)), std::slice::from_ref(&filed));
        assert_eq!(find(&|f| f.tenant = Some(landlord)), []);
        assert_eq!(find(&|f| f.on = day("2027-01-01")), []);
        let longer = end(&t.db, &here, &filed, "2027-06-01").unwrap();
        assert_eq!(code(end(&t.db, &here, &longer, "2026-01-01")), "kernel.invalid");
        assert_eq!(code(end(&t.db, &here, &filed, "2026-06-01")), "kernel.stale");
        let over = end(&t.db, &here, &longer, "2026-06-01").unwrap();
        assert_eq!(code(end(&t.db, &here, &over, "2026-12-01")), "territory.rental_ended");
        assert_eq!(find(&|f| f.state = State::Ended), std::slice::from_ref(&over));
        let gone = void(&t.db, &here, &over).unwrap();
        assert_eq!(code(void(&t.db, &here, &gone)), "territory.record_voided");
        assert_eq!(code(end(&t.db, &here, &gone, "2026-12-01")), "territory.record_voided");
        assert_eq!(find(&|f| f.state = State::Voided), [gone]);
        assert_eq!(find(&|f| f.state = State::Ended), []);
    }
}

#[test]
fn what_cannot_be_let_is_refused() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let d = build(&t.db, &here);
        let try_ = |new: NewRental| code(let_out(&t.db, &here, new));
        let good = || lease(d.id, "2026-01-01", Some("2026-07-01"), false);
        assert_eq!(try_(NewRental { tenants: vec![], ..good() }), "kernel.invalid");
        let crowd = (0..51).map(|_| fresh()).collect();
        assert_eq!(try_(NewRental { tenants: crowd, ..good() }), "kernel.invalid");
        let own: Id<Person> = fresh();
        assert_eq!(try_(NewRental { landlord: own, tenants: vec![own], ..good() }), "kernel.invalid");
        assert_eq!(try_(lease(fresh(), "2026-01-01", None, false)), "kernel.invalid");
        assert_eq!(try_(lease(d.id, "2026-01-01", Some("2026-01-01"), false)), "kernel.invalid");
        assert_eq!(try_(lease(d.id, "1999-01-01", None, false)), "territory.outside_its_time");
        let_out(&t.db, &here, good()).unwrap();
        for (from, to, shared, refused) in [
            ("2026-06-30", None, false, true),
            ("2026-06-30", None, true, true),
            ("2025-01-01", Some("2026-01-02"), false, true),
            ("2025-01-01", Some("2026-01-01"), false, false),
            ("2026-07-01", Some("2026-09-01"), true, false),
            ("2026-08-01", None, true, false),
            ("2026-08-15", Some("2026-08-16"), false, true),
        ] {
            let done = let_out(&t.db, &here, lease(d.id, from, to, shared));
            assert_eq!(done.is_err(), refused, "{from} {to:?} {shared}");
            if refused {
                assert_eq!(code(done), "territory.rental_overlaps");
            }
        }
    }
}

#[test]
fn however_many_let_a_dwelling_at_once_one_does() {
    for t in databases() {
        let (.., here, _) = town(&t);
        for _ in 0..4 {
            let d = build(&t.db, &here);
            let done: Vec<_> = std::thread::scope(|s| {
                let tries: Vec<_> = (0..6)
                    .map(|i| {
                        let new = lease(d.id, &format!("2026-01-0{}", i + 1), Some("2026-07-01"), i == 0);
                        let (db, here) = (&t.db, &here);
                        s.spawn(move || let_out(db, here, new))
                    })
                    .collect();
                tries.into_iter().map(|h| h.join().unwrap()).collect()
            });
            let mut won = 0;
            for outcome in done {
                match outcome {
                    Ok(_) => won += 1,
                    Err(fault) => assert_eq!(fault.code().map(|c| c.code), Some("territory.rental_overlaps")),
                }
            }
            assert_eq!(won, 1);
        }
    }
}

#[test]
fn an_end_is_not_put_off_into_the_next_rental() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let d = build(&t.db, &here);
        let first = let_out(&t.db, &here, lease(d.id, "2026-01-01", Some("2027-01-01"), false)).unwrap();
        let_out(&t.db, &here, lease(d.id, "2027-01-01", None, false)).unwrap();
        assert_eq!(code(end(&t.db, &here, &first, "2027-01-02")), "territory.rental_overlaps");
        end(&t.db, &here, &first, "2026-12-31").unwrap();
    }
}

#[test]
fn nobody_is_their_own_tenant() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let d = build(&t.db, &here);
        let (landlord, tenant): (Id<Person>, Id<Person>) = (fresh(), fresh());
        for tenants in [vec![landlord], vec![tenant, landlord]] {
            let new = NewRental { landlord, tenants, ..lease(d.id, "2026-01-01", None, false) };
            let refused = let_out(&t.db, &here, new).unwrap_err();
            assert_eq!(refused.code().map(|c| c.code), Some("kernel.invalid"));
            let fields = match refused {
                Fault::Refused(refusal) => refusal.fields,
                _ => Vec::new(),
            };
            let told: Vec<_> = fields.iter().map(|f| (&*f.pointer, f.code.code)).collect();
            assert_eq!(told, [("/tenant_ids", "territory.landlord_is_tenant")]);
        }
        // Nothing was let by it: the dwelling is free for the same days.
        let new = NewRental { landlord, tenants: vec![tenant], ..lease(d.id, "2026-01-01", None, false) };
        let filed = let_out(&t.db, &here, new).unwrap();
        assert_eq!((filed.landlord, filed.tenants), (landlord, vec![tenant]));
    }
}
