//! What is shown of personal data to whoever may not read it whole. A mask hides how long the hidden part is where it can.

use crate::model::{Document, DocumentKind};

/// Where nothing is shown.
pub const HIDDEN: &str = "**";

/// `张三` → `张**`, `欧阳娜娜` → `欧**`, one letter alone → `**`.
pub fn name(name: &str) -> String {
    let mut letters = name.trim().chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(_)) => format!("{first}**"),
        _ => HIDDEN.to_owned(),
    }
}

/// `13812345678` → `138****5678`; of a shorter number the last two digits; of a very short one nothing.
pub fn phone(number: &str) -> String {
    let letters: Vec<char> = number.chars().collect();
    match letters.len() {
        0..=6 => "****".to_owned(),
        7..=10 => format!("****{}", tail(&letters, 2)),
        _ => format!("{}****{}", head(&letters, 3), tail(&letters, 4)),
    }
}

/// `11010519491231002X` → `110105********002X`; of any other document the last two characters, if it has at least eight.
pub fn document(document: &Document) -> String {
    let letters: Vec<char> = document.number.chars().collect();
    match (document.kind, letters.len()) {
        (DocumentKind::IdCard | DocumentKind::ResidencePermit, 18) => {
            format!("{}********{}", head(&letters, 6), tail(&letters, 4))
        }
        (_, 8..) => format!("******{}", tail(&letters, 2)),
        _ => "******".to_owned(),
    }
}

/// What an address says down to the community: everything after the last part that names one is hidden, and never a digit is
/// shown. `广东省东莞市横沥镇恒泉社区三巷5号` → `广东省东莞市横沥镇恒泉社区***`.
pub fn address(text: &str) -> String {
    // Up to the first number, in whatever script: what follows is a street's number, or a house's.
    let open: String = text.chars().take_while(|c| !c.is_numeric()).collect();
    const LEVELS: [&[&str]; 4] =
        [&["社区", "居委会", "村委会"], &["街道", "镇", "乡"], &["区", "县"], &["市"]];
    let cut = LEVELS
        .iter()
        .find_map(|level| level.iter().filter_map(|word| open.find(word).map(|at| at + word.len())).min());
    let shown = cut.and_then(|end| open.get(..end)).unwrap_or_default();
    format!("{shown}***")
}

fn head(letters: &[char], count: usize) -> String {
    letters.iter().take(count).collect()
}

fn tail(letters: &[char], count: usize) -> String {
    letters.iter().skip(letters.len().saturating_sub(count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(kind: DocumentKind, number: &str) -> Document {
        Document { kind, number: number.to_owned() }
    }

    #[test]
    fn masks_are_as_the_field_knows_them() {
        assert_eq!(["张三", "欧阳娜娜", "张", "", "Ann"].map(name), ["张**", "欧**", "**", "**", "A**"]);
        assert_eq!(phone("13812345678"), "138****5678");
        assert_eq!(
            ["076988886666", "88886666", "110", "+85291234567"].map(phone),
            ["076****6666", "****66", "****", "+85****4567"]
        );
        assert_eq!(document(&of(DocumentKind::IdCard, "11010519491231002X")), "110105********002X");
        assert_eq!(document(&of(DocumentKind::Passport, "E12345678")), "******78");
        assert_eq!(document(&of(DocumentKind::Other, "A123")), "******");
        for (text, wanted) in [
            ("广东省东莞市横沥镇恒泉社区三巷5号", "广东省东莞市横沥镇恒泉社区***"),
            ("横沥镇恒泉社区中心区一号楼", "横沥镇恒泉社区***"),
            ("北京市海淀区学院路30号", "北京市海淀区***"),
            ("5号楼", "***"),
            ("幸福里", "***"),
            ("东莞市第3社区", "东莞市***"),
        ] {
            assert_eq!(address(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_mask_shows_what_it_hides(name_ in "\\p{Han}{2,6}", number in "1[0-9]{10}", id in "[1-9][0-9]{16}[0-9X]", line in "\\p{Han}{0,8}[0-9]{1,4}\\p{Han}{0,4}") {
            prop_assert_eq!(name(&name_).chars().filter(|c| *c != '*').count(), 1);
            let shown = phone(&number);
            prop_assert!(!shown.contains(&number[3..7]) || number[..3].contains(&number[3..7]) || shown.matches('*').count() == 4);
            prop_assert_eq!(shown.chars().filter(char::is_ascii_digit).count(), 7);
            let shown = document(&of(DocumentKind::IdCard, &id));
            prop_assert_eq!(shown.len(), 18);
            prop_assert_eq!(&shown[6..14], "********");
            prop_assert!(!address(&line).chars().any(char::is_numeric));
        }

        #[test]
        fn whatever_comes_something_stays_hidden(text in "\\PC{0,40}", kind in 0_usize..6) {
            let masked = [name(&text), phone(&text), document(&of(DocumentKind::ALL[kind], &text)), address(&text)];
            for shown in masked {
                prop_assert!(shown.contains("**"));
                prop_assert!(text.chars().count() < 2 || text.contains('*') || shown != text);
            }
        }
    }
}
