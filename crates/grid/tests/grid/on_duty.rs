//! Those on duty, as other domains get them.

use contracts::{GridPosts, PostRef};
use grid::model::PostRole;
use grid::service::make;
use grid::service::on_duty::OnDuty;
use grid::service::post::{self, NewPost};
use kernel::id::{Grid, User};
use kernel::{Id, Instant};

use crate::world::*;

fn assigned(
    w: &World,
    grid: Id<Grid>,
    user: Id<User>,
    role: PostRole,
    from: Instant,
    until: Option<Instant>,
) {
    let (who, new) = (w.now(&w.drawer()), NewPost { user, role, from: Some(from), until });
    w.write(move |tx, s| post::assign(tx, &who, s, grid, &new)).unwrap();
}

fn below(
    w: &World,
    unit: usize,
    from: Instant,
    until: Instant,
    after: Option<(Id<Grid>, Id<User>)>,
    limit: i64,
) -> Vec<PostRef> {
    let unit = w.unit(unit);
    w.read(move |tx, s| OnDuty(s.clone()).workers_below(tx, unit, from, until, after, limit)).unwrap()
}

#[test]
fn a_grid_is_told_with_its_box_and_which_points_it_has() {
    for w in World::each() {
        let drawer = w.drawer();
        let drawn = w.make_grid(&drawer, C1A, "甲", Some(square(113.0, 23.0, 0.01))).unwrap();
        let undrawn = w.make_grid(&drawer, C1A, "乙", None).unwrap();
        let (a, b) = (drawn.id, undrawn.id);
        let told = w
            .read(move |tx, s| {
                let port = OnDuty(s.clone());
                let points = [(23.005, 113.005), (24.0, 113.005), (23.001, 113.009)];
                Ok((
                    port.grid(tx, a)?,
                    port.grid(tx, b)?,
                    port.grid_at(tx, 23.005, 113.005)?,
                    port.grid_at(tx, 24.0, 113.0)?,
                    port.inside(tx, a, &points)?,
                    port.inside(tx, b, &points)?,
                    port.grid(tx, testkit::fresh())?,
                ))
            })
            .unwrap();
        let (grid, other, found, nothing, inside, nowhere, unknown) = told;
        let grid = grid.unwrap();
        assert_eq!((grid.unit, &grid.path, grid.retired), (w.unit(C1A), &w.path(C1A), false));
        let around = grid.around.unwrap();
        assert!(around.lat.0 <= 23.0 && around.lat.1 >= 23.01 && around.lng.0 <= 113.0);
        assert_eq!((other.unwrap().around, found.unwrap().id), (None, a));
        assert_eq!((nothing, unknown), (None, None));
        assert_eq!((inside, nowhere), (vec![true, false, true], vec![false; 3]));
        let (who, id) = (w.now(&drawer), drawn.id);
        w.write(move |tx, s| make::retire(tx, &who, s, id, 1)).unwrap();
        let retired = w.read(move |tx, s| OnDuty(s.clone()).grid(tx, a)).unwrap();
        assert!(retired.unwrap().retired);
    }
}

#[test]
fn posts_are_those_that_touch_the_time() {
    for w in World::each() {
        let drawer = w.drawer();
        let grid = w.make_grid(&drawer, C1A, "甲", None).unwrap().id;
        let (t, user) = (w.time().plus_days(10), w.worker().actor.user);
        assigned(&w, grid, user, PostRole::Worker, t, Some(t.plus_days(5)));
        assigned(&w, grid, user, PostRole::Police, t.plus_days(20), None);
        let of = |from: i64, until: i64| {
            let (from, until) = (t.plus_days(from), t.plus_days(until));
            let told = w.read(move |tx, s| OnDuty(s.clone()).of_user(tx, user, from, until)).unwrap();
            told.into_iter().map(|post| post.role).collect::<Vec<_>>()
        };
        assert_eq!((of(-5, 0), of(-5, 1)), (vec![], vec!["worker".to_owned()]), "until is exclusive");
        assert_eq!((of(4, 5), of(5, 20)), (vec!["worker".to_owned()], vec![]));
        assert_eq!(of(0, 100), ["worker", "police"]);
        let several = w
            .read(move |tx, s| OnDuty(s.clone()).of_users(tx, &[user, testkit::fresh()], t, t.plus_days(30)));
        assert_eq!(several.unwrap().len(), 2);
    }
}

#[test]
fn workers_of_a_subtree_come_page_by_page_and_none_is_cut_in_two() {
    for w in World::each() {
        let drawer = w.drawer();
        let t = w.time().plus_days(10);
        let grids: Vec<Id<Grid>> = [C1A, C1B, C2A]
            .map(|unit| w.make_grid(&drawer, unit, "网格", None).unwrap().id)
            .into_iter()
            .collect();
        let users: Vec<Id<User>> = (0..3).map(|_| w.worker().actor.user).collect();
        for grid in &grids {
            for user in &users {
                assigned(&w, *grid, *user, PostRole::Worker, t, Some(t.plus_days(2)));
                assigned(&w, *grid, *user, PostRole::Worker, t.plus_days(3), None);
            }
            assigned(&w, *grid, users[0], PostRole::Police, t, None);
        }
        let until = t.plus_days(30);
        assert_eq!(below(&w, TOWN1, t, until, None, 100).len(), 12);
        assert_eq!(below(&w, DISTRICT, t, until, None, 100).len(), 18);
        assert_eq!(below(&w, DISTRICT, t, t.plus_days(1), None, 100).len(), 9);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = below(&w, TOWN1, t, until, after, 3);
            let Some(last) = page.last() else { break };
            after = Some((last.grid, last.user));
            seen.extend(page.iter().map(|post| (post.grid, post.user, post.from)));
        }
        assert_eq!(seen.len(), 12);
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "each once, in order");
    }
}
