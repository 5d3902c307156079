//! The only place with SQL: one file a table.

pub mod calendars;
pub mod schema;
pub mod versions;
pub mod years;

use kernel::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::Json;

fn to_json(value: &impl Serialize) -> Result<Json, Fault> {
    serde_json::to_value(value).map(Json).map_err(Fault::internal)
}

/// What stands in a column, if it is what we write there.
fn from_json<T: DeserializeOwned>(table: &str, json: Json) -> Result<T, Fault> {
    serde_json::from_value(json.0)
        .map_err(|error| Fault::internal(format!("{table} has an unreadable row: {error}")))
}

mod functions {
    //! What both engines call the same.

    diesel::define_sql_function! {
        fn substr(text: diesel::sql_types::Text, start: diesel::sql_types::Integer) -> diesel::sql_types::Text;
    }
}
use functions::substr;
