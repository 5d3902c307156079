//! Files as they come, good and bad.

use std::sync::Arc;

use contracts::imports::{Column, Form, ImportRow, Ties};
use imports::ports::Target;
use imports::read::{File, List, Zone, list};
use kernel::{Context, Fault, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use crate::books::{bomb, book, named, rows};

const fn column(name: &'static str, zh: &'static [&'static str], required: bool) -> Column {
    Column { name, zh, required, told: false, form: Form::Text, pointers: &[], en: "", zh_text: "" }
}

const COLUMNS: &[Column] = &[
    column("name", &["姓名"], true),
    column("phone", &["电话"], false),
    Column { form: Form::End, ..column("until", &["截止"], false) },
    Column { told: true, ..column("note", &["备注"], false) },
];

/// A list that is never applied.
struct People;

impl<'c> contracts::ImportTarget<Tx<'c>> for People {
    fn kind(&self) -> &'static str {
        "people"
    }
    fn permission(&self) -> &'static Permission {
        <imports::permission::UseImports as kernel::permission::Permit>::PERMISSION
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn ties(&self, row: &ImportRow) -> Ties {
        Ties { key: Some(row.text("name").to_owned()), ..Ties::default() }
    }
    fn apply(&self, _: &mut Tx<'c>, _: &Context, _: &ImportRow) -> Outcome<Uuid> {
        Err(Fault::internal("this list is only read"))
    }
}

fn read_sheet(bytes: &[u8], sheet: Option<&str>) -> Outcome<List> {
    let target: Target = Arc::new(People);
    list(File { bytes, charset: None, sheet }, &target, Zone(chrono_tz::Asia::Shanghai))
}

fn read(bytes: impl AsRef<[u8]>) -> Outcome<List> {
    read_sheet(bytes.as_ref(), None)
}

fn refused(bytes: impl AsRef<[u8]>) -> (String, String) {
    let Err(Fault::Refused(refusal)) = read(bytes) else { panic!("not refused") };
    let fields: Vec<&str> = refusal.fields.iter().map(|field| &*field.pointer).collect();
    (refusal.code.code.to_owned(), fields.join(" "))
}

fn problems(list: &List) -> Vec<(i64, String)> {
    list.rows
        .iter()
        .filter_map(|row| {
            let problem = row.problem.as_ref()?;
            let columns: String =
                problem.errors.iter().map(|e| format!(" {}={}", e.column, e.code)).collect();
            Some((row.line, problem.code.clone() + &columns))
        })
        .collect()
}

#[test]
fn csv_is_read_in_every_dress_it_comes_in() {
    let text = "姓名,电话\r\n张三,13800000000\r\n";
    let gb = encoding_rs::GB18030.encode(text).0.into_owned();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let dresses: Vec<(Vec<u8>, &str)> = vec![
        (text.into(), "csv UTF-8"),
        (format!("\u{feff}{text}").into(), "csv UTF-8"),
        (gb, "csv gb18030"),
        (utf16, "csv UTF-16LE"),
        (text.replace(',', ";").into(), "csv UTF-8"),
        (text.replace(',', "\t").into(), "csv UTF-8"),
        (text.replace("\r\n", "\r").into(), "csv UTF-8"),
        (text.replace("姓名", " 姓名* ").into(), "csv UTF-8"),
        (text.replace("姓名", "Name").into(), "csv UTF-8"),
        (format!("\n\n{text}\n,\n   ,\n").into(), "csv UTF-8"),
    ];
    for (bytes, format) in dresses {
        let found = read(&bytes).unwrap();
        assert_eq!(found.format, format);
        assert_eq!(found.rows.len(), 1, "{format}: empty rows are none");
        assert_eq!(found.rows[0].cells, ["张三", "13800000000"], "{format}");
        assert_eq!(found.rows[0].problem, None);
    }
}

#[test]
fn a_row_that_is_not_right_is_named_and_the_others_go_on() {
    let long = "x".repeat(2_001);
    let text = format!(
        "name,phone,until,note\na,1,2027-12-31,n\n,2\nb,\u{7}\nc,3,never\n{long}\nd,1,,n,extra\na,9\ne,,46752\n"
    );
    let found = read(text).unwrap();
    assert_eq!(
        problems(&found),
        [
            (3, "imports.row_invalid name=kernel.field_required".to_owned()),
            (4, "imports.row_invalid phone=kernel.field_characters".to_owned()),
            (5, "imports.row_invalid until=imports.not_a_date".to_owned()),
            (6, "imports.row_invalid name=kernel.field_length".to_owned()),
            (7, "imports.row_too_long".to_owned()),
            (8, "imports.row_twice".to_owned()),
        ]
    );
}

#[test]
fn a_file_that_is_not_right_is_refused_by_its_cell() {
    for (text, code, at) in [
        ("", "imports.empty", ""),
        ("name,phone\n", "imports.empty", ""),
        ("name,phone,shoe size\na,1,44\n", "imports.header_unknown", "C1"),
        ("name,密码\na,1\n", "imports.header_unknown", "B1"),
        ("name,phone,电话\na,1,2\n", "imports.header_twice", "C1"),
        ("phone\n1\n", "imports.header_missing", "name"),
        ("name\na\0b\n", "imports.unreadable", ""),
    ] {
        assert_eq!(refused(text), (code.to_owned(), at.to_owned()), "{text:?}");
    }
    assert_eq!(refused(b"name\n\xff\xff\n").0, "imports.encoding");
    assert_eq!(refused(b"\xef\xbb\xbfname\n\xff\n").0, "imports.encoding");
    assert_eq!(refused(b"\xd0\xcf\x11\xe0 old Excel").0, "imports.not_a_list");
    assert_eq!(refused(format!("name\n{}", "a\n".repeat(1_000_000))).0, "imports.too_many_rows");
    assert_eq!(refused(format!("name{}\na\n", ",x".repeat(100))).0, "imports.too_wide");
}

#[test]
fn excel_is_read_as_people_see_it() {
    let sheet = rows(&[
        &["姓名", "电话", "截止", "备注"],
        &["张三", "<><v>13800000000</v>", "< s=\"1\"><v>46752</v>", "<><v>0.5</v>"],
        &["", "", "", ""],
        &["李四", "<><v>12345678901234567</v>", "< s=\"1\"><v>46752.25</v>"],
        &["王五", "< t=\"e\"><v>#N/A</v>"],
        &["赵六", "< t=\"b\"><v>1</v>"],
        &["钱七", "", "", "< t=\"e\"><v>#REF!</v>"],
    ]);
    let found = read(book(&sheet)).unwrap();
    assert_eq!(found.format, "xlsx");
    assert_eq!(found.rows[0].cells, ["张三", "13800000000", "2027-12-31", "0.5"]);
    assert_eq!(found.rows[1].line, 4, "empty rows are counted and not read");
    assert_eq!(found.rows[1].cells[2], "2027-12-31T06:00:00");
    assert_eq!(found.rows[3].cells[1], "TRUE");
    assert_eq!(
        problems(&found),
        [
            (4, "imports.row_invalid B4=imports.number_not_exact".to_owned()),
            (5, "imports.row_invalid B5=imports.cell_error".to_owned())
        ],
        "an error in a column that is only told does no harm"
    );
    let two = named(&[("说明", &rows(&[&["随便写写"]])), ("名单", &sheet)]);
    assert_eq!(refused(&two).0, "imports.header_unknown", "the first sheet unless named");
    assert_eq!(read_sheet(&two, Some("名单")).unwrap().rows.len(), 5);
    assert_eq!(read_sheet(&two, Some("没有")).unwrap_err().code().unwrap().code, "imports.no_such_sheet");
}

#[test]
fn excel_that_computes_or_hides_is_refused_by_its_cell() {
    let formula = rows(&[&["name"], &["a"], &["<><f>1+1</f><v>2</v>"]]);
    assert_eq!(refused(book(&formula)), ("imports.formula".to_owned(), "A3".to_owned()));
    let shared = rows(&[
        &["name", "phone"],
        &["a", "< t=\"str\"><f t=\"shared\" ref=\"B2:B3\" si=\"0\">A2</f><v>a</v>"],
    ]);
    assert_eq!(refused(book(&shared)), ("imports.formula".to_owned(), "B2".to_owned()));
    let merged = rows(&[&["name", "phone"], &["a", "1"]])
        + r#"<mergeCells count="1"><mergeCell ref="A2:B3"/></mergeCells>"#;
    assert_eq!(refused(book(&merged)), ("imports.merged_cells".to_owned(), "A2".to_owned()));
    // One cell at the far end of the sheet costs nothing: it is no column of the list.
    let far = r#"<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>"#;
    assert_eq!(refused(book(far)).0, "imports.too_wide");
    let backwards = r#"<sheetData><row r="2"><c r="A2" t="inlineStr"><is><t>name</t></is></c></row><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData>"#;
    assert_eq!(refused(book(backwards)).0, "imports.unreadable");
    let million: String = (1..=60_000)
        .map(|n| format!(r#"<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>name</t></is></c></row>"#))
        .collect();
    assert_eq!(refused(book(&format!("<sheetData>{million}</sheetData>"))).0, "imports.too_many_rows");
}

#[test]
fn archives_that_are_bombs_or_broken_are_refused() {
    let packed = bomb(80 << 20);
    assert!(packed.len() < 1 << 20, "it is small as it comes");
    assert_eq!(refused(packed).0, "imports.unpacks_too_large");
    let whole = book(&rows(&[&["name"], &["a"]]));
    assert!(read(&whole).is_ok());
    assert_eq!(refused(&whole[..whole.len() / 2]).0, "imports.unreadable");
    assert_eq!(refused(b"PK\x03\x04 and nothing").0, "imports.unreadable");
    let mut flipped = whole.clone();
    for byte in flipped.iter_mut().skip(60).step_by(97) {
        *byte ^= 0x55;
    }
    assert_eq!(refused(&flipped).0, "imports.unreadable");
}
