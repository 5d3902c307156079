//! Forms: the nearest wins, versions stay, and every wrong answer is named.

use kernel::{Context, Id, Outcome};
use visits::model::{Answer, Question, QuestionKind};
use visits::service::forms::{self, NewForm, Shown};

use crate::world::*;

fn asked() -> Vec<Question> {
    let mut all = vec![
        question("remark", QuestionKind::Text),
        question("people", QuestionKind::Number),
        question("alarm", QuestionKind::YesNo),
        question("heating", QuestionKind::OneOf),
        question("wishes", QuestionKind::SomeOf),
    ];
    (all[1].min, all[1].max, all[1].required) = (Some(0), Some(30), true);
    all
}

fn text(key: &str, text: &str) -> Answer {
    Answer { key: key.into(), text: Some(text.into()), ..Answer::default() }
}

fn number(key: &str, number: i64) -> Answer {
    Answer { key: key.into(), number: Some(number), ..Answer::default() }
}

fn chosen(key: &str, choices: &[&str]) -> Answer {
    Answer {
        key: key.into(),
        choices: choices.iter().map(|c| (*c).to_owned()).collect(),
        ..Answer::default()
    }
}

fn change(w: &World, who: &Context, shown: &Shown, questions: Vec<Question>) -> Outcome<Shown> {
    let (who, id, version) = (w.now(who), shown.form.id, shown.form.version);
    w.write(move |tx, _| forms::change(tx, &who, id, version, None, Some(&questions)))
}

fn retire(w: &World, who: &Context, shown: &Shown) -> Outcome<Shown> {
    let (who, id, version) = (w.now(who), shown.form.id, shown.form.version);
    w.write(move |tx, _| forms::retire(tx, &who, id, version))
}

fn resolved(w: &World, who: &Context, unit: usize) -> Outcome<Vec<Id<kernel::id::VisitForm>>> {
    let (who, unit) = (w.now(who), w.unit(unit));
    let found = w.write(move |tx, s| forms::resolve(tx, &who, s, unit))?;
    Ok(found.into_iter().map(|shown| shown.form.id).collect())
}

#[test]
fn every_wrong_answer_is_named_by_its_field() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let form = w.form(&w.manager(DISTRICT), DISTRICT, asked()).unwrap();
        let record = |answers: Vec<Answer>| {
            let mut new = call(home);
            (new.said.form, new.said.answers) = (form_ref(&form), answers);
            w.record(&worker, &new)
        };
        let bad = |answers: Vec<Answer>| fields(record(answers));
        let one = |pointer: &str, code: &'static str| vec![(pointer.to_owned(), code)];
        let good = || number("people", 3);
        assert_eq!(bad(vec![]), one("/answers", "kernel.field_required"));
        assert_eq!(bad(vec![number("people", 31)]), one("/answers/0/number", "kernel.field_range"));
        assert_eq!(bad(vec![number("people", -1)]), one("/answers/0/number", "kernel.field_range"));
        assert_eq!(bad(vec![text("people", "三")]), one("/answers/0", "visits.answer_kind"));
        assert_eq!(bad(vec![chosen("people", &[])]), one("/answers/0", "kernel.field_required"));
        assert_eq!(bad(vec![good(), good()]), one("/answers/1/key", "visits.answer_twice"));
        assert_eq!(
            bad(vec![good(), text("x", "x")]),
            one("/answers/1/key", "kernel.field_unknown_reference")
        );
        assert_eq!(
            bad(vec![good(), chosen("alarm", &["maybe"])]),
            one("/answers/1/choices/0", "kernel.field_choice")
        );
        assert_eq!(bad(vec![good(), number("alarm", 1)]), one("/answers/1", "visits.answer_kind"));
        let two = chosen("heating", &["gas", "coal"]);
        assert_eq!(bad(vec![good(), two]), one("/answers/1/choices", "kernel.field_length"));
        let twice = chosen("wishes", &["gas", "gas"]);
        assert_eq!(bad(vec![good(), twice]), one("/answers/1/choices/1", "kernel.field_choice"));
        assert_eq!(
            bad(vec![good(), text("remark", "\u{7}")]),
            one("/answers/1/text", "kernel.field_characters")
        );
        let long = text("remark", &"长".repeat(2_001));
        assert_eq!(bad(vec![good(), long]), one("/answers/1/text", "kernel.field_length"));
        let all = vec![number("people", 99), chosen("alarm", &["si"]), chosen("heating", &["wood"])];
        assert_eq!(bad(all).len(), 3, "all at once");
        let right = vec![
            text("remark", "一切正常"),
            number("people", 30),
            chosen("alarm", &["yes"]),
            chosen("heating", &["coal"]),
            chosen("wishes", &["gas", "power"]),
        ];
        let made = record(right.clone()).unwrap();
        assert_eq!(w.read(&worker, made.id).unwrap().content.answers, right);
    }
}

#[test]
fn answers_are_checked_against_the_version_they_name() {
    for w in World::each() {
        let (worker, manager) = (w.worker1(), w.manager(DISTRICT));
        let (home, _) = w.home(C1, Some(HERE));
        let first = w.form(&manager, DISTRICT, vec![question("old", QuestionKind::YesNo)]).unwrap();
        let second = change(&w, &manager, &first, vec![question("new", QuestionKind::YesNo)]).unwrap();
        assert_eq!((second.version.number, second.form.version), (2, 2));
        let record = |shown: &Shown, key: &str| {
            let mut new = call(home);
            (new.said.form, new.said.answers) = (form_ref(shown), vec![chosen(key, &["no"])]);
            w.record(&worker, &new)
        };
        record(&first, "old").unwrap();
        record(&second, "new").unwrap();
        assert_eq!(code(record(&second, "old")), "kernel.invalid");
        let mut none = first.clone();
        none.version.number = 3;
        assert_eq!(
            fields(record(&none, "old")),
            [("/form/number".to_owned(), "kernel.field_unknown_reference")]
        );
        none.form.id = testkit::fresh();
        assert_eq!(fields(record(&none, "old")), [("/form/id".to_owned(), "kernel.field_unknown_reference")]);
        let elsewhere = w.form(&manager, C2, vec![question("old", QuestionKind::YesNo)]).unwrap();
        assert_eq!(fields(record(&elsewhere, "old")), [("/form/id".to_owned(), "visits.form_elsewhere")]);
        retire(&w, &manager, &second).unwrap();
        w.at("2026-11-25T12:00:00+08:00");
        record(&first, "old").unwrap();
        let mut late = call_at(home, "2026-11-25T11:00:00+08:00");
        (late.said.form, late.said.answers) = (form_ref(&first), vec![chosen("old", &["no"])]);
        assert_eq!(code(w.record(&worker, &late)), "visits.form_retired");
    }
}

#[test]
fn the_nearest_form_of_a_code_holds() {
    for w in World::each() {
        let (manager, worker) = (w.manager(DISTRICT), w.worker1());
        let q = || vec![question("a", QuestionKind::Text)];
        let above = w.form(&manager, DISTRICT, q()).unwrap();
        assert_eq!(resolved(&w, &worker, C1).unwrap(), [above.form.id]);
        let near = w.form(&manager, TOWN1, q()).unwrap();
        assert_eq!(resolved(&w, &worker, C1).unwrap(), [near.form.id]);
        assert_eq!(resolved(&w, &manager, C2).unwrap(), [above.form.id]);
        assert_eq!(code(resolved(&w, &worker, C2)), "kernel.forbidden");
        assert_eq!(code(w.form(&manager, TOWN1, q())), "visits.form_code_taken");
        let shown = retire(&w, &manager, &near).unwrap();
        assert_eq!(resolved(&w, &worker, C1).unwrap(), [above.form.id], "that of the unit above again");
        assert_eq!(code(retire(&w, &manager, &shown)), "visits.form_retired");
        assert_eq!(code(retire(&w, &manager, &near)), "kernel.stale");
        w.form(&manager, TOWN1, q()).unwrap();
    }
}

#[test]
fn a_form_is_made_by_who_manages_the_unit_and_asks_sound_questions() {
    for w in World::each() {
        let manager = w.manager(TOWN1);
        let q = || vec![question("a", QuestionKind::Text)];
        assert_eq!(code(w.form(&w.worker1(), C1, q())), "kernel.forbidden");
        assert_eq!(code(w.form(&manager, C2, q())), "kernel.forbidden");
        let mut wrong = vec![
            question("A b", QuestionKind::Text),
            question("a", QuestionKind::Number),
            question("a", QuestionKind::OneOf),
            question("c", QuestionKind::YesNo),
            question("d", QuestionKind::SomeOf),
        ];
        (wrong[1].min, wrong[1].max) = (Some(5), Some(4));
        wrong[2].options.truncate(1);
        (wrong[3].max, wrong[3].label) = (Some(1), " ".into());
        wrong[4].options[1] = wrong[4].options[0].clone();
        let expected = [
            ("/questions/0/key", "kernel.field_characters"),
            ("/questions/1/max", "kernel.field_order"),
            ("/questions/2/key", "visits.question_twice"),
            ("/questions/2/options", "visits.question_shape"),
            ("/questions/3/label", "kernel.field_required"),
            ("/questions/3/max", "visits.question_shape"),
            ("/questions/4/options/1/key", "visits.question_twice"),
        ];
        assert_eq!(fields(w.form(&manager, TOWN1, wrong)), expected.map(|(p, c)| (p.to_owned(), c)));
        let none = [("/questions".to_owned(), "kernel.field_length")];
        assert_eq!(fields(w.form(&manager, TOWN1, vec![])), none);
        let (who, unit) = (w.now(&manager), w.unit(TOWN1));
        let new = NewForm { unit, code: "1".into(), name: "\u{202e}".into(), questions: q() };
        let bad = fields(w.write(move |tx, s| forms::create(tx, &who, s, &new)));
        let pointers: Vec<&str> = bad.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/code"]);
        let made = w.form(&manager, TOWN1, q()).unwrap();
        let who = w.now(&w.worker(C2, w.grids[1]));
        let id = made.form.id;
        assert_eq!(code(w.write(move |tx, _| forms::visible(tx, &who, id))), "kernel.not_found");
        w.tree.0.lock().get_mut(&w.unit(TOWN1)).unwrap().closed = true;
        assert_eq!(fields(w.form(&manager, TOWN1, q())), [("/unit_id".to_owned(), "visits.unit_closed")]);
    }
}
