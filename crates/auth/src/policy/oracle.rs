//! An independent hand: tree, roles and grants are told to Cedar, and both are asked the same questions.
//! `AUTH_ORACLE_QUESTIONS` raises their number.

use std::collections::HashSet;
use std::fmt::Write;

use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request};
use proptest::test_runner::{Config, TestRunner};

use super::world::{self, PERMISSIONS, Question, World};

/// Fewest questions of a run.
const QUESTIONS: u32 = 100_000;
/// Questions to each world.
const EACH: usize = 50;

fn uid(kind: &str, name: &str) -> EntityUid {
    format!("{kind}::\"{name}\"").parse().unwrap()
}

fn who(world: &World, q: Question) -> String {
    world.actor(q).user.to_string()
}

/// Units lie in their parents, actions in the roles that have them.
fn entities(world: &World) -> Entities {
    let units = world.paths.iter().map(|path| {
        let parents: HashSet<_> = path.parent().iter().map(|parent| uid("Unit", parent.as_str())).collect();
        Entity::new_no_attrs(uid("Unit", path.as_str()), parents)
    });
    let actions = PERMISSIONS.iter().map(|permission| {
        let roles = world.roles.iter().enumerate().filter(|(_, role)| role.contains(permission.name));
        let parents = roles.map(|(n, _)| uid("Action", &format!("role-{n}"))).collect();
        Entity::new_no_attrs(uid("Action", permission.name), parents)
    });
    let roles = (0..world.roles.len())
        .map(|n| Entity::new_no_attrs(uid("Action", &format!("role-{n}")), HashSet::new()));
    let users =
        world.actors.iter().map(|a| Entity::new_no_attrs(uid("User", &a.user.to_string()), HashSet::new()));
    Entities::from_entities(units.chain(actions).chain(roles).chain(users), None).unwrap()
}

/// One policy a grant, and one for what everybody may.
fn policies(world: &World) -> PolicySet {
    let mut text = String::new();
    for permission in PERMISSIONS.iter().filter(|p| p.everyone) {
        writeln!(text, "permit(principal, action == Action::\"{}\", resource);", permission.name).unwrap();
    }
    for actor in &world.actors {
        for grant in actor.grants.iter() {
            let reach = if grant.subtree { "in" } else { "==" };
            let end =
                grant.until.map_or_else(String::new, |until| format!(" && context.now < {}", until.micros()));
            writeln!(
                text,
                "permit(principal == User::\"{}\", action in Action::\"{}\", resource {reach} Unit::\"{}\")
                 when {{ context.now >= {}{end} }};",
                actor.user,
                grant.role_name,
                grant.path,
                grant.from.micros()
            )
            .unwrap();
        }
    }
    text.parse().unwrap()
}

#[test]
fn cedar_gives_the_same_answers() {
    let wanted =
        std::env::var("AUTH_ORACLE_QUESTIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(QUESTIONS);
    let cases = wanted.max(QUESTIONS).div_ceil(EACH.try_into().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let (mut asked, mut yes) = (0_u32, 0_u32);
    let tally = std::cell::RefCell::new((&mut asked, &mut yes));
    let authorizer = Authorizer::new();
    runner
        .run(&(world::worlds(), world::questions(EACH)), |(world, questions)| {
            let (entities, policies) = (entities(&world), policies(&world));
            for q in questions {
                let ours = world.actor(q).may(q.permission, world.path(q), q.now);
                let now = serde_json::json!({ "now": q.now.micros() });
                let request = Request::new(
                    uid("User", &who(&world, q)),
                    uid("Action", q.permission.name),
                    uid("Unit", world.path(q).as_str()),
                    Context::from_json_value(now, None).unwrap(),
                    None,
                )
                .unwrap();
                let answer = authorizer.is_authorized(&request, &policies, &entities);
                assert_eq!(answer.diagnostics().errors().count(), 0, "Cedar understood everything");
                assert_eq!(ours, answer.decision() == Decision::Allow, "{q:?}");
                let mut tally = tally.borrow_mut();
                *tally.0 += 1;
                *tally.1 += u32::from(ours);
            }
            Ok(())
        })
        .unwrap();
    assert!(asked >= QUESTIONS, "asked {asked}");
    assert!(yes > asked / 20 && yes < asked / 20 * 19, "both answers occur: {yes} of {asked}");
}
