//! Whom to call on next: those in need first, then those never visited, then the longest ago; page by page, in few questions.

use kernel::id::Household;
use kernel::{Context, Id, Outcome, Page, PageSize};
use visits::model::{Due, Need};
use visits::service::next;

use crate::world::*;

fn page(w: &World, who: &Context, after: Option<kernel::Cursor>, size: i64) -> Outcome<Page<Need>> {
    let (who, size) = (w.now(who), PageSize::new(size).unwrap());
    w.write(move |tx, s| next::list(tx, &who, s, None, after.as_ref(), size, 3))
}

fn all(w: &World, who: &Context) -> Vec<(Id<Household>, Due)> {
    let items = page(w, who, None, 200).unwrap().items;
    items.into_iter().map(|need| (need.household, need.due)).collect()
}

#[test]
fn need_comes_first_then_never_then_the_longest_ago_and_lately_last() {
    for w in World::each() {
        let worker = w.worker1();
        let [never, long_ago, lately, today, priority, urgent, cared_for] =
            std::array::from_fn(|_| w.home(C1, Some(HERE)));
        for ((home, _), on) in [(long_ago, "10-20"), (lately, "11-20"), (today, "11-25"), (urgent, "10-26")] {
            w.record(&worker, &call_at(home, &format!("2026-{on}T08:00:00+08:00"))).unwrap();
        }
        w.record(&worker, &call_at(cared_for.0, "2026-10-27T08:00:00+08:00")).unwrap();
        w.care.0.lock().extend([(priority.1, 1), (urgent.1, 3), (cared_for.1, 2)]);
        w.home(C2, Some(THERE));
        let (closed, _) = w.home(C1, Some(HERE));
        w.homes.homes.lock().get_mut(&closed).unwrap().closed = true;
        let expected = [
            (urgent.0, Due::Priority),
            (priority.0, Due::Priority),
            (never.0, Due::Never),
            (long_ago.0, Due::Open),
            (lately.0, Due::Open),
            (cared_for.0, Due::Recent),
            (today.0, Due::Recent),
        ];
        assert_eq!(all(&w, &worker), expected, "thirty days ago is due, twenty-nine is not");
    }
}

#[test]
fn calls_by_phone_and_struck_visits_are_no_visits() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let mut phone = call(home);
        phone.said.way = visits::model::Way::Phone;
        w.record(&worker, &phone).unwrap();
        assert_eq!(all(&w, &worker), [(home, Due::Never)]);
        let made = w.record(&worker, &call(home)).unwrap();
        assert_eq!(all(&w, &worker), [(home, Due::Recent)]);
        w.strike(&w.manager(C1), &made).unwrap();
        assert_eq!(all(&w, &worker), [(home, Due::Never)]);
    }
}

#[test]
fn a_grid_of_four_hundred_households_is_paged_in_few_questions() {
    for w in World::each() {
        let worker = w.worker1();
        for n in 0..400 {
            let (home, person) = w.home(C1, (n % 2 == 0).then_some(HERE));
            if n % 7 == 0 {
                w.care.0.lock().insert(person, i64::from(n % 3) + 1);
            }
            if n % 5 == 0 {
                w.record(&worker, &call_at(home, &format!("2026-11-{:02}T08:00:00+08:00", 1 + n % 25)))
                    .unwrap();
            }
        }
        let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
        *w.homes.asked.lock() = 0;
        loop {
            let page = page(&w, &worker, after, 150).unwrap();
            seen.extend(page.items);
            after = page.next;
            pages += 1;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((seen.len(), pages), (400, 3));
        assert!(seen.windows(2).all(|pair| pair[0].place() < pair[1].place()), "in order, none twice");
        assert!(*w.homes.asked.lock() <= 3 * pages, "not one question a household");
    }
}

#[test]
fn only_ones_own_grids_are_listed_and_a_cursor_is_not_made_up() {
    for w in World::each() {
        let worker = w.worker1();
        let (who, grid) = (w.now(&worker), w.grids[1]);
        let other = w.write(move |tx, s| next::list(tx, &who, s, Some(grid), None, PageSize::DEFAULT, 3));
        assert_eq!(code(other), "kernel.not_found");
        w.home(C1, Some(HERE));
        assert_eq!(all(&w, &w.manager(C1)), []);
        let idle = w.person(C1, &[]);
        w.post(idle.actor.user, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        assert_eq!(all(&w, &idle), [], "a post without the right shows nothing");
        for key in [None, Some("priority"), Some("x:1:"), Some("never:0:yesterday")] {
            let after = kernel::Cursor { after: uuid::Uuid::nil(), filter: 3, key: key.map(str::to_owned) };
            assert_eq!(code(page(&w, &worker, Some(after), 10)), "kernel.bad_cursor");
        }
        w.posts.grids.lock().get_mut(&w.grids[0]).unwrap().retired = true;
        assert_eq!(all(&w, &worker), []);
    }
}
