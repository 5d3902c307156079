//! The figures, as an answer and as a file.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use kernel::{Fault, Outcome};
use web::{Allowed, Params, Problem};

use super::asked::FiguresQuery;
use super::views::FiguresAnswer;
use crate::model::{Rate, Sums};
use crate::permission::ReadFigures;
use crate::ports::FigureServices;
use crate::service::ask::{self, Group};

/// Show the figures of a place over a period.
///
/// Cases count in the period of their report. Every rate has its numerator and its denominator; one without a denominator is absent. Single
/// people's figures need `figures.worker.read`, but for one's own.
#[utoipa::path(operation_id = "figures_show_cases", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = FiguresAnswer, description = "The figures")), extensions(("x-permission" = json!(ReadFigures::NAME))))]
#[get("/figures/cases")]
pub async fn show(
    who: Allowed<ReadFigures>,
    query: Params<FiguresQuery>,
    figures: Data<FigureServices>,
) -> Result<HttpResponse, Problem> {
    let (question, s) = (query.question()?, figures.get_ref().clone());
    let asked = question.clone();
    let told = who.read(move |tx, ctx| ask::ask(tx, ctx, &s, &asked)).await?;
    Ok(HttpResponse::Ok().json(FiguresAnswer::of(&question, told)))
}

/// Take the figures of a place over a period away as CSV.
///
/// The same groups as in the answer, a line each; every rate as numerator, denominator and percent.
#[utoipa::path(operation_id = "figures_export_figures", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = String, content_type = "text/csv", description = "RFC 4180, UTF-8 with a header line")),
    extensions(("x-permission" = json!(ReadFigures::NAME))))]
#[get("/figures/cases.csv")]
pub async fn as_csv(
    who: Allowed<ReadFigures>,
    query: Params<FiguresQuery>,
    figures: Data<FigureServices>,
) -> Result<HttpResponse, Problem> {
    let (question, s) = (query.question()?, figures.get_ref().clone());
    let told = who.read(move |tx, ctx| ask::ask(tx, ctx, &s, &question)).await?;
    let file = file(&told.groups)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"figures.csv\""))
        .body(file))
}

/// A rate's name, and how it comes of the sums.
type Column = (&'static str, fn(Sums) -> Option<Rate>);

/// The rates of a line: each is three columns.
const RATES: [Column; 5] = [
    ("closing", Sums::closing),
    ("on_time", Sums::timely),
    ("return", Sums::returned),
    ("rework", Sums::reworked),
    ("satisfaction", Sums::satisfied),
];

/// A text as a cell that no table program takes for a formula.
pub(super) fn cell(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

fn file(groups: &[Group]) -> Outcome<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::new());
    let mut head: Vec<String> = [
        "key_id", "key_name", "from_on", "to_on", "received", "struck", "merged", "accepted", "closed", "due",
    ]
    .map(str::to_owned)
    .to_vec();
    for (name, _) in RATES {
        head.extend(["numerator", "denominator", "percent"].map(|what| format!("{name}_{what}")));
    }
    head.push("mean_mark_hundredths".to_owned());
    file.write_record(&head).map_err(Fault::internal)?;
    for group in groups {
        let s = group.sums;
        let mut line = vec![
            group.id.map(|id| id.to_string()).unwrap_or_default(),
            cell(&group.name),
            group.period.map(|p| p.from.to_string()).unwrap_or_default(),
            group.period.map(|p| p.to.to_string()).unwrap_or_default(),
        ];
        line.extend([s.received, s.struck, s.merged, s.accepted, s.closed, s.due].map(|n| n.to_string()));
        for (_, rate) in RATES {
            let rate = rate(s);
            line.push(rate.map(|r| r.numerator.to_string()).unwrap_or_default());
            line.push(rate.map(|r| r.denominator.to_string()).unwrap_or_default());
            line.push(rate.map(Rate::percent).unwrap_or_default());
        }
        line.push(s.mean_mark().map(|m| m.to_string()).unwrap_or_default());
        file.write_record(&line).map_err(Fault::internal)?;
    }
    file.into_inner().map_err(|e| Fault::internal(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_like_a_formula_is_text_in_the_file() {
        let group = |name: &str| Group { id: None, name: name.into(), period: None, sums: Sums::default() };
        let text =
            String::from_utf8(file(&[group("=1+1"), group("@cmd"), group("一社区")]).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("satisfaction_percent,mean_mark_hundredths"));
        assert!(
            lines[1].starts_with(",'=1+1,")
                && lines[2].starts_with(",'@cmd,")
                && lines[3].starts_with(",一社区,")
        );
        let columns = |line: &str| line.split(',').count();
        assert!(lines.iter().all(|line| columns(line) == columns(lines[0])));
    }
}
