//! What is counted, and for whom.

use std::sync::Arc;

use contracts::{CaseStep, MoveListener};
use figures::model::period::Step;
use figures::service::ask::{Cut, Question};
use figures::service::follow::Follow;
use figures::service::map::{self, View};
use figures::service::{count_on, export};
use figures::store::raster::Frame;
use figures::store::sums::{By, Narrow};
use kernel::UnitPath;
use testkit::fresh;

use crate::world::*;

#[test]
fn wuxis_year_is_98_10_percent() {
    for w in World::each() {
        // A hundredth of 2019: 16,672 received, 16,355 closed.
        for n in 0..16_672_usize {
            let day = format!("2019-{:02}-{:02}", n % 12 + 1, n / 12 % 28 + 1);
            let id = w.report([C1A, C1B, C2A][n % 3], noon(&day));
            if n < 16_355 {
                w.step(bare(id, 2, "close", "closed", noon(&day)));
            }
        }
        w.count(5_000);
        let year = w.sums(DISTRICT, ("2019-01-01", "2019-12-31"));
        assert_eq!((year.received, year.closed), (16_672, 16_355));
        assert_eq!(year.closing().unwrap().percent(), "98.10");
        let months =
            w.ask(&w.chief(), DISTRICT, ("2019-01-01", "2019-12-31"), Cut::Time(Step::Month)).unwrap();
        assert_eq!(months.groups.len(), 12);
        assert_eq!(months.groups.iter().map(|g| g.sums.received).sum::<i64>(), 16_672);
        let odd = w.ask(&w.chief(), DISTRICT, ("2019-01-10", "2019-03-05"), Cut::Time(Step::Month)).unwrap();
        let wanted =
            [("2019-01-10", "2019-01-31"), ("2019-02-01", "2019-02-28"), ("2019-03-01", "2019-03-05")];
        let told: Vec<_> = odd.groups.iter().map(|g| g.sums).collect();
        assert_eq!(
            told,
            wanted.map(|days| w.sums(DISTRICT, days)),
            "months at the edges are told for their days alone"
        );
        assert_eq!(months.groups[1].sums, told[1]);
        assert_eq!(w.sums(DISTRICT, ("2018-01-01", "2018-12-31")).received, 0);
    }
}

#[test]
fn every_figure_is_what_its_definition_says() {
    for w in World::each() {
        let at = noon("2026-03-10");
        let whole = w.report(C1A, at);
        w.close(whole, at);
        w.step(CaseStep { score: Some(5), ..bare(whole, 8, "rate", "closed", at) });
        w.step(bare(whole, 9, "reopen", "reopened", noon("2026-03-20")));
        let (struck, merged, wrong, late) =
            (w.report(C1A, at), w.report(C1A, at), w.report(C1A, at), w.report(C1A, at));
        w.step(bare(struck, 2, "void", "void", at));
        w.step(bare(merged, 2, "merge", "merged", at));
        w.step(CaseStep {
            assignee_unit: Some(w.unit(TOWN1)),
            ..bare(wrong, 2, "dispatch", "dispatched", at)
        });
        w.step(bare(wrong, 3, "return", "accepted", at));
        w.step(CaseStep { late: Some(false), ..bare(late, 2, "accept", "accepted", at) });
        w.step(bare(late, 3, "dispatch", "dispatched", at));
        w.step(CaseStep { late: Some(true), ..bare(late, 4, "resolve", "resolved", at) });
        w.step(bare(late, 5, "verify", "reopened", at));
        w.step(CaseStep { score: Some(2), ..bare(late, 6, "rate", "reopened", at) });
        w.count(3);
        let s = w.sums(DISTRICT, ("2026-03-01", "2026-03-31"));
        assert_eq!((s.received, s.struck, s.merged, s.accepted, s.closed), (3, 1, 1, 3, 0), "{s:?}");
        assert_eq!((s.due, s.on_time, s.dispatches, s.returns), (2, 1, 3, 1));
        assert_eq!((s.results, s.reworks, s.marks, s.content), (2, 2, 2, 1));
        assert_eq!((s.timely().unwrap().percent(), s.mean_mark()), ("50.00".to_owned(), Some(350)));
        assert_eq!(
            w.sums(C1A, ("2026-03-10", "2026-03-10")),
            s,
            "a day at the edge of a month is counted from its cases"
        );
        assert_eq!(
            w.sums(C1B, ("2026-03-01", "2026-03-31")).closing(),
            None,
            "nothing of nothing is no rate"
        );
        let narrowed = Question {
            narrow: Narrow { department: Some(w.unit(TOWN1)), ..Narrow::default() },
            ..question(w.unit(DISTRICT), ("2026-03-01", "2026-03-31"))
        };
        assert_eq!(w.question(&w.chief(), narrowed).unwrap().groups[0].sums.received, 1);
        // A transfer takes the case out of the sums of one place and into those of another.
        w.step(CaseStep {
            unit: Some(w.unit(C2A)),
            grid: Some(w.grids[2]),
            ..bare(wrong, 4, "transfer", "reported", at)
        });
        w.count(100);
        assert_eq!(w.sums(TOWN1, ("2026-03-01", "2026-03-31")).received, 2);
        assert_eq!(w.sums(TOWN2, ("2026-03-01", "2026-03-31")).received, 1);
        let grid = Question {
            unit: None,
            grid: Some(w.grids[2]),
            ..question(w.unit(C2A), ("2026-03-01", "2026-03-31"))
        };
        assert_eq!(w.question(&w.chief(), grid).unwrap().groups[0].sums.received, 1);
    }
}

#[test]
fn groups_are_named_the_largest_first_and_people_are_shown_to_few() {
    for w in World::each() {
        let at = noon("2026-03-10");
        let worker = w.person(C1A, &["figures.figure.read"]);
        for unit in [C1A, C1A, C1B] {
            let id = w.report(unit, at);
            w.step(CaseStep {
                assignee: Some(worker.actor.user),
                ..bare(id, 2, "dispatch", "dispatched", at)
            });
        }
        w.report(C1B, at);
        w.report(C1B, at);
        w.count(100);
        let days = ("2026-03-01", "2026-03-31");
        let by = |who: &kernel::Context, unit: usize, by: By| {
            let told = w.ask(who, unit, days, Cut::By(by))?;
            Ok(told.groups.into_iter().map(|g| (g.name, g.sums.received)).collect::<Vec<_>>())
        };
        let chief = w.chief();
        let named = |name: &str, n| (name.to_owned(), n);
        assert_eq!(by(&chief, DISTRICT, By::Unit).unwrap(), [named("=二社区", 3), named("一社区", 2)]);
        assert_eq!(by(&chief, DISTRICT, By::Source).unwrap(), [named("resident", 5)]);
        assert_eq!(by(&chief, DISTRICT, By::Grid).unwrap(), [named("格", 3), named("格", 2)]);
        assert_eq!(by(&chief, DISTRICT, By::Worker).unwrap(), [named("张三", 3), named("", 2)]);
        assert_eq!(code(by(&worker, C1A, By::Worker)), "kernel.forbidden");
        assert_eq!(code(by(&worker, DISTRICT, By::Unit)), "kernel.forbidden");
        let of = |who: kernel::Id<kernel::id::User>| Question {
            narrow: Narrow { worker: Some(who), ..Narrow::default() },
            ..question(w.unit(C1A), days)
        };
        assert_eq!(
            w.question(&worker, of(worker.actor.user)).unwrap().groups[0].sums.received,
            2,
            "one's own"
        );
        assert_eq!(code(w.question(&worker, of(chief.actor.user))), "kernel.forbidden");
        let stranger = Question { unit: Some(fresh()), ..question(w.unit(C1A), days) };
        assert_eq!(code(w.question(&chief, stranger)), "kernel.not_found");
        let nowhere = Question { unit: None, ..question(w.unit(C1A), days) };
        assert_eq!(code(w.question(&chief, nowhere)), "figures.place_required");
        let beside = Question { grid: Some(w.grids[2]), ..question(w.unit(C1A), days) };
        assert_eq!(code(w.question(&chief, beside)), "kernel.not_found", "the grid lies elsewhere");
        let long = w.ask(&chief, DISTRICT, ("2020-01-01", "2026-03-31"), Cut::Time(Step::Day));
        assert_eq!(code(long), "figures.period_too_long");
    }
}

#[test]
fn of_many_who_count_at_once_each_step_counts_once() {
    for w in World::each() {
        for n in 0..300 {
            let id = w.report([C1A, C1B, C2A][n % 3], noon("2026-03-10"));
            w.close(id, noon("2026-03-11"));
        }
        let w = Arc::new(w);
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let w = Arc::clone(&w);
                std::thread::spawn(move || w.count(97))
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        let s = w.sums(DISTRICT, ("2026-03-01", "2026-03-31"));
        assert_eq!((s.received, s.closed, s.dispatches), (300, 300, 300));
        assert!(!w.read(count_on::has_more).unwrap());
    }
}

#[test]
fn a_unit_that_moves_takes_its_figures_along() {
    for w in World::each() {
        w.report(C1A, noon("2026-03-10"));
        w.count(100);
        let (from, to) =
            (w.units[C1A].path.clone(), UnitPath::numbered(Some(&w.units[TOWN2].path), 9).unwrap());
        w.tree.0.lock().get_mut(&w.unit(C1A)).unwrap().path = to.clone();
        let (ctx, unit, left, entered) = (w.chief(), w.unit(C1A), [w.unit(TOWN1)], [w.unit(TOWN2)]);
        w.write(move |tx, _| Follow.unit_moved(tx, &ctx, unit, &from, &to, &left, &entered)).unwrap();
        let days = ("2026-03-01", "2026-03-31");
        let received = [DISTRICT, TOWN1, TOWN2, C1A].map(|n| w.sums(n, days).received);
        assert_eq!(received, [1, 0, 1, 1]);
    }
}

#[test]
fn the_map_counts_on_a_raster_and_shows_few_cases_to_those_who_read_them() {
    for w in World::each() {
        for (n, point) in [(31.5, 120.3), (31.5001, 120.3001), (-33.9, -70.6)].into_iter().enumerate() {
            let id = w.report(C1A, noon("2026-03-10"));
            w.history.0.lock()[n].point = Some(point);
            assert_eq!(w.history.0.lock()[n].incident, id);
        }
        w.count(100);
        let view = |frame: Frame, zoom: u32| View {
            unit: w.unit(DISTRICT),
            period: question(w.unit(DISTRICT), ("2026-03-01", "2026-03-31")).period,
            within: frame,
            zoom,
        };
        let earth = Frame { west: -180_000_000, south: -90_000_000, east: 180_000_000, north: 90_000_000 };
        let cells = |who: &kernel::Context, view: View| {
            let who = who.clone();
            w.read(move |tx, s| map::cells(tx, &who, s, &view))
        };
        let chief = w.chief();
        let counts: Vec<i64> = cells(&chief, view(earth, 8)).unwrap().iter().map(|c| c.count).collect();
        assert_eq!(counts, [2, 1]);
        let near = cells(&chief, view(Frame { west: 120_000_000, south: 31_000_000, ..earth }, 8)).unwrap();
        assert_eq!((near.len(), near[0].lat / 1_000, near[0].lng / 1_000), (1, 31_500, 120_300));
        let outsider = w.person(DISTRICT, &["figures.figure.read"]);
        assert!(cells(&outsider, view(earth, 8)).unwrap().is_empty(), "fewer than three");
        assert_eq!(code(cells(&chief, view(Frame { west: 10, east: -10, ..earth }, 8))), "figures.box");
        assert_eq!(code(cells(&chief, view(Frame { north: 91_000_000, ..earth }, 8))), "figures.box");
        assert_eq!(code(cells(&w.person(C2A, &["figures.figure.read"]), view(earth, 8))), "kernel.forbidden");
    }
}

#[test]
fn the_export_tells_every_case_once_page_by_page() {
    for w in World::each() {
        for n in 0..2_600 {
            w.report([C1A, C1B, C2A][n % 3], noon("2026-03-10"));
        }
        w.count(5_000);
        let (who, unit) = (w.chief(), w.unit(DISTRICT));
        let period = question(unit, ("2026-03-01", "2026-03-31")).period;
        let mut standing = Some(w.read(move |tx, s| export::begin(tx, &who, s, unit, period)).unwrap());
        let (mut ids, mut pages) = (std::collections::BTreeSet::new(), Vec::new());
        while let Some(at) = standing {
            standing = match w.read(move |tx, _| export::next(tx, at.clone())).unwrap() {
                Some((cases, next)) => {
                    pages.push(cases.len());
                    ids.extend(cases.into_iter().map(|c| c.id));
                    Some(next)
                }
                None => None,
            };
        }
        assert_eq!(ids.len(), 2_600);
        assert!(pages.iter().all(|n| *n <= 1_000), "{pages:?}");
    }
}
