//! Many at once.

use people::model::Personal;
use people::service::create::NewPerson;
use people::service::import;
use people::service::look_up::By;

use crate::world::*;

/// A number that stands up to its standard.
fn number(n: u32) -> String {
    let body = format!(
        "441900{}{:02}{:02}{:03}",
        1930 + n / 336_000,
        n / 28_000 % 12 + 1,
        n / 1_000 % 28 + 1,
        n % 1_000
    );
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{body}{}", char::from(b"10X98765432"[usize::try_from(sum % 11).unwrap()]))
}

fn row(w: &World, unit: usize, n: u32) -> NewPerson {
    let personal = Personal {
        phones: vec![format!("139{n:08}")],
        documents: vec![card(&number(n))],
        ..named(&format!("居民{n}"))
    };
    NewPerson { unit: w.unit(unit), personal }
}

#[test]
fn a_bad_row_keeps_no_other_out() {
    for w in World::each() {
        w.entered(C1A, Personal { documents: vec![card(&number(3))], ..named("先到") });
        let mut rows: Vec<NewPerson> = (0..6).map(|n| row(&w, C1A, n)).collect();
        rows[1].personal.documents[0].number = "110105194912310021".into();
        rows[2].unit = testkit::fresh();
        rows.push(row(&w, C1A, 5));
        rows.push(row(&w, C2A, 7));
        let clerk = w.now(&w.role(kernel::BuiltinRole::UnitAdmin, TOWN1));
        let done = w.write(move |tx, s| import::import(tx, &clerk, s, &rows)).unwrap();
        let told: Vec<&str> = done
            .iter()
            .map(|one| match one {
                Ok(_) => "made",
                Err(refusal) => refusal.fields.first().map_or(refusal.code.code, |f| f.code.code),
            })
            .collect();
        assert_eq!(
            told,
            [
                "made",
                "people.id_number_check",
                "kernel.field_unknown_reference",
                "people.document_taken",
                "made",
                "made",
                "people.document_taken",
                "kernel.forbidden"
            ]
        );
        let Ok(id) = done[4] else { panic!("made") };
        assert_eq!(w.see(&w.clerk(), id).unwrap().phones, ["139****0004"]);
        assert_eq!(w.look_up(&w.clerk(), By::Phone("13900000005".into())).unwrap().len(), 1);
        let none = w.now(&w.clerk());
        assert_eq!(w.write(move |tx, s| import::import(tx, &none, s, &[])).unwrap(), []);
    }
}
