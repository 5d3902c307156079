use std::collections::BTreeSet;

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(seconds)
}

fn family() -> Family {
    Family::start(Id::from_uuid(Uuid::from_u128(7)), at(0), at(1_000_000)).unwrap()
}

fn presented(family: &Family) -> Presented {
    Presented::parse(family.token().expose_secret()).unwrap()
}

#[test]
fn a_token_is_parsed_back_to_its_session_and_number() {
    let family = Family { generation: 300, ..family() };
    let token = family.token();
    assert!(token.expose_secret().starts_with("cwr_"));
    let presented = presented(&family);
    assert_eq!((presented.session(), presented.generation()), (family.session, 300));
    let text = token.expose_secret();
    for bad in [
        "",
        "cwr_",
        "cwr_AAAA",
        &text[4..],
        &text[..text.len() - 1],
        &format!("{text}A"),
        &text.replace("cwr", "cwx"),
    ] {
        assert!(Presented::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn neither_secret_nor_token_is_printed() {
    let family = family();
    let printed = format!("{family:?} {:?} {:?}", presented(&family), family.token());
    assert!(!printed.contains("secret:") && !printed.contains("mac:") && !printed.contains(PREFIX));
}

#[test]
fn the_newest_token_rotates() {
    let first = family();
    let (verdict, second) = first.present(&presented(&first), at(600));
    assert_eq!((verdict, second.generation, second.rotated_at), (RefreshVerdict::Rotate, 1, at(600)));
    assert_ne!(first.token().expose_secret(), second.token().expose_secret());
}

#[test]
fn a_lost_answer_is_given_again_and_is_the_same() {
    let first = family();
    let token = presented(&first);
    let (_, second) = first.present(&token, at(600));
    let (verdict, again) = second.present(&token, at(629));
    assert_eq!(verdict, RefreshVerdict::ReplaySameAnswer);
    assert_eq!(again.token().expose_secret(), second.token().expose_secret());
    let (verdict, third) = again.present(&token, at(629));
    assert_eq!(verdict, RefreshVerdict::ReplaySameAnswer, "and again, within the grace");
    assert_eq!(third.present(&presented(&third), at(1_200)).0, RefreshVerdict::Rotate);
}

#[test]
fn after_the_grace_the_token_before_is_reuse_and_ends_everything() {
    let first = family();
    let token = presented(&first);
    let (_, second) = first.present(&token, at(600));
    let (verdict, revoked) = second.present(&token, at(630));
    assert_eq!((verdict, revoked.revoked), (RefreshVerdict::Reuse, true));
    assert_eq!(revoked.present(&presented(&second), at(631)).0, RefreshVerdict::Revoked);
}

#[test]
fn once_the_successor_was_used_the_token_before_is_reuse() {
    let first = family();
    let (_, second) = first.present(&presented(&first), at(600));
    let (_, third) = second.present(&presented(&second), at(601));
    assert_eq!(third.judge(&presented(&first), at(602)), RefreshVerdict::Reuse);
    let confirmed = Family { confirmed: true, ..second };
    assert_eq!(confirmed.judge(&presented(&first), at(601)), RefreshVerdict::Reuse);
}

#[test]
fn a_token_that_was_given_twice_gets_no_second_chance() {
    let first = family();
    let stolen = presented(&first);
    let (_, second) = first.present(&stolen, at(600));
    let (_, second) = second.present(&stolen, at(601));
    let shared = presented(&second);
    let (verdict, third) = second.present(&shared, at(1_500));
    assert_eq!(verdict, RefreshVerdict::Rotate);
    assert_eq!(third.judge(&shared, at(1_501)), RefreshVerdict::Reuse);
    // The next generation was given once, so it is as good as any.
    let (_, fourth) = third.present(&presented(&third), at(2_400));
    assert_eq!(fourth.judge(&presented(&third), at(2_401)), RefreshVerdict::ReplaySameAnswer);
}

#[test]
fn a_guess_changes_nothing() {
    let family = family();
    let other = Family { secret: [9; 32], ..family.clone() };
    let (verdict, after) = family.present(&presented(&other), at(1));
    assert_eq!((verdict, after), (RefreshVerdict::Forged, family.clone()));
    let ahead = Family { generation: 5, ..family.clone() };
    assert_eq!(family.judge(&presented(&ahead), at(1)), RefreshVerdict::Forged, "a number never given out");
    let elsewhere = Family { session: Id::from_uuid(Uuid::from_u128(8)), ..family.clone() };
    assert_eq!(family.judge(&presented(&elsewhere), at(1)), RefreshVerdict::Forged);
}

#[test]
fn a_session_ends_by_time_and_by_decree() {
    let family = family();
    assert_eq!(family.judge(&presented(&family), at(1_000_000)), RefreshVerdict::Expired);
    let ended = Family { revoked: true, ..family.clone() };
    assert_eq!(ended.judge(&presented(&family), at(1)), RefreshVerdict::Revoked);
}

#[test]
fn opaque_tokens_differ_and_only_their_digest_is_kept() {
    let (a, b) = (opaque("cwi_").unwrap(), opaque("cwi_").unwrap());
    assert_ne!(a.expose_secret(), b.expose_secret());
    assert_eq!(a.expose_secret().len(), 4 + 43);
    assert_ne!(digest(a.expose_secret()), digest(b.expose_secret()));
}

/// What two holders of the same stolen token may try, and when.
#[derive(Debug, Clone)]
struct Try {
    thief: bool,
    /// How far back in the holder's tokens: 0 is the newest.
    back: usize,
    wait: i64,
    /// Whether the answer reaches the holder.
    arrives: bool,
    /// Whether the server hears that the newest token arrived.
    confirms: bool,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    // Mostly the newest token, mostly within the grace: where theft could hide.
    let back = prop_oneof![6 => Just(0_usize), 3 => Just(1), 1 => 2_usize..5];
    let wait = prop_oneof![4 => 0_i64..20, 1 => 25_i64..35, 1 => 30_i64..2_000];
    let one = (any::<bool>(), back, wait, prop::bool::weighted(0.8), prop::bool::weighted(0.1))
        .prop_map(|(thief, back, wait, arrives, confirms)| Try { thief, back, wait, arrives, confirms });
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Both start with the same token. Whatever they present, in whatever order, at whatever pace: at least one of them never
    /// gets further than the first successor, and once reuse was seen nobody gets anything.
    #[test]
    fn two_holders_never_both_continue(tries in tries()) {
        let mut family = family();
        let start = family.generation;
        let mut hands = [vec![presented(&family)], vec![presented(&family)]];
        let mut reached = [start, start];
        let mut now = at(0);
        for step in tries {
            now = now.plus_seconds(step.wait);
            let who = usize::from(step.thief);
            let Some(index) = hands[who].len().checked_sub(step.back + 1) else { continue };
            let token = hands[who][index];
            let was_revoked = family.revoked;
            let (verdict, after) = family.present(&token, now);
            match verdict {
                RefreshVerdict::Rotate => prop_assert_eq!(after.generation, family.generation + 1),
                RefreshVerdict::ReplaySameAnswer => prop_assert_eq!(after.generation, family.generation),
                RefreshVerdict::Reuse => prop_assert!(after.revoked && !was_revoked),
                RefreshVerdict::Revoked => prop_assert!(was_revoked),
                RefreshVerdict::Expired | RefreshVerdict::Forged => prop_assert!(false, "{:?}", verdict),
            }
            family = after;
            if matches!(verdict, RefreshVerdict::Rotate | RefreshVerdict::ReplaySameAnswer) && step.arrives {
                prop_assert!(!was_revoked);
                reached[who] = reached[who].max(family.generation);
                hands[who].push(presented(&family));
            }
            if step.confirms {
                family = Family { confirmed: true, ..family };
            }
            prop_assert!(reached[0].min(reached[1]) <= start + 1, "both continue: {:?}", reached);
        }
    }

}

proptest! {
    /// An owner alone, whose answers get lost now and then but not twice running, is never signed out.
    #[test]
    fn an_owner_who_loses_an_answer_now_and_then_stays_signed_in(lost in proptest::collection::vec(any::<bool>(), 1..40)) {
        let mut family = family();
        let mut now = at(0);
        let mut seen = BTreeSet::new();
        let mut before = false;
        for lost in lost {
            now = now.plus_seconds(600);
            let token = presented(&family);
            let (verdict, after) = family.present(&token, now);
            prop_assert_eq!(verdict, RefreshVerdict::Rotate);
            family = after;
            let lost = lost && !before;
            if lost {
                let (verdict, after) = family.present(&token, now.plus_seconds(10));
                prop_assert_eq!(verdict, RefreshVerdict::ReplaySameAnswer);
                prop_assert!(after.token().expose_secret() == family.token().expose_secret());
                family = after;
            }
            before = lost;
            prop_assert!(seen.insert(family.token().expose_secret().to_owned()), "no token is given for two generations");
        }
    }
}
