//! Views and pages: one shape each, so that ten lines of a client page through every list.

use actix_web::http::header::{ETAG, LINK};
use actix_web::{HttpRequest, HttpResponse};
pub use kernel::PageRequest;
use kernel::{Cursor, Outcome, PageSize};
use serde::Serialize;

use crate::params::bad;

/// Reads `limit` and `cursor`. `list` is the list's name and the texts of its filters: a cursor is good for no other list.
pub fn page_request(limit: Option<i64>, cursor: Option<&str>, list: &[&str]) -> Outcome<PageRequest> {
    let size = match limit {
        None => PageSize::DEFAULT,
        Some(n) => {
            PageSize::new(n).ok_or_else(|| bad("limit", format!("1 to {} is expected", PageSize::MAX)))?
        }
    };
    let fingerprint = kernel::page::fingerprint(list);
    let after = cursor.map(|text| Cursor::decode(text, fingerprint)).transpose()?;
    Ok(PageRequest { size, after, fingerprint })
}

/// 200 with a view and its version as `ETag`.
pub fn view<V: Serialize>(v: V, version: i64) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"{version}\""))).json(v)
}

/// 200 with a page, and a `Link` to the next one.
pub fn page(req: &HttpRequest, body: impl Serialize, next: Option<&Cursor>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(next) = next {
        let filters = req.query_string().split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor="));
        let query =
            filters.map(str::to_owned).chain([format!("cursor={}", next.encode())]).collect::<Vec<_>>();
        response.insert_header((LINK, format!("<{}?{}>; rel=\"next\"", req.path(), query.join("&"))));
    }
    response.json(body)
}

/// A concrete page: `web::page_schema!(IncidentPage, IncidentView)` declares `IncidentPage { items, next_cursor }` and
/// `IncidentPage::of(kernel::Page<IncidentView>)`. The caller's crate has `serde` and `utoipa` in scope.
#[macro_export]
macro_rules! page_schema {
    ($(#[$meta:meta])* $name:ident, $item:ty) => {
        $(#[$meta])*
        /// One page of the list.
        #[derive(Debug, Clone, ::serde::Serialize, ::utoipa::ToSchema)]
        pub struct $name {
            /// The items, in the list's order.
            pub items: Vec<$item>,
            /// Give it as `cursor` to get the next page; absent at the end.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            pub next_cursor: Option<String>,
        }

        impl $name {
            /// The page as it is answered.
            pub fn of(page: $crate::kernel::Page<$item>) -> Self {
                Self { next_cursor: page.next.as_ref().map($crate::kernel::Cursor::encode), items: page.items }
            }
        }
    };
}
