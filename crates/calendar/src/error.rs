//! What calendar refuses, one row per code.

use kernel::Fault;
use serde_json::json;

use crate::model::{CountError, FIRST_YEAR, LAST_YEAR, MOST_PAUSES};

kernel::error_codes! {
    /// A day must be judged in a year whose holidays nobody published.
    YEAR_MISSING = "calendar.year_missing", Conflict, "No holidays are published for this year; nothing is counted on a guess.", "该年度节假日安排尚未公布，无法计算。";
    /// Before the first year that is counted, or after the last.
    TOO_FAR = "calendar.too_far", Invalid, "This leads outside the years that are counted.", "超出可计算的年份范围。";
    /// A span of nothing, or of some hundred years.
    SPAN_RANGE = "calendar.span_range", Invalid, "A span is at least one and at most some ten years.", "期限至少为一，最长约十年。";
    /// A pause that ends before it begins.
    PAUSE_ORDER = "calendar.pause_order", Invalid, "This pause ends before it begins.", "暂停的结束时间早于开始时间。";
    /// More pauses than one clock can have.
    TOO_MANY_PAUSES = "calendar.too_many_pauses", Invalid, "Too many pauses.", "暂停次数过多。";
    /// Not a time of day.
    TIME_OF_DAY = "calendar.time_of_day", Invalid, "A time of day is HH:MM, from 00:00 to 24:00.", "时间应为 HH:MM，介于 00:00 与 24:00 之间。";
    /// Closes before it opens.
    HOURS_ORDER = "calendar.hours_order", Invalid, "It must close after it opens, on the same day.", "结束时间应晚于开始时间，且在同一天内。";
    /// Two intervals of a day meet.
    HOURS_OVERLAP = "calendar.hours_overlap", Invalid, "Opening hours of one day overlap.", "同一天的开放时间重叠。";
    /// Too many intervals on one day.
    HOURS_MANY = "calendar.hours_many", Invalid, "Too many intervals on one day.", "同一天的时间段过多。";
    /// A week in which the office never opens.
    NEVER_OPEN = "calendar.never_open", Invalid, "A week has at least one opening.", "每周至少应有一个开放时间段。";
    /// No time zone of that name.
    TIME_ZONE = "calendar.time_zone", Invalid, "There is no such time zone; the name is as in Asia/Shanghai.", "时区不存在，名称示例：Asia/Shanghai。";
    /// One day, two exceptions.
    DAY_TWICE = "calendar.day_twice", Invalid, "This day is in the list twice: it cannot be a holiday and worked as well.", "该日期重复：不能既放假又上班。";
    /// A day of another year.
    DAY_OUTSIDE_YEAR = "calendar.day_outside_year", Invalid, "This day does not lie in the year.", "该日期不在此年度内。";
    /// A weekday or hours where they do not belong, or none where they do.
    DAY_SHAPE = "calendar.day_shape", Invalid, "A swapped day names a weekday, special hours are given, a closed day has neither.", "调休上班须指明星期，特殊时间须给出时间段，放假两者皆无。";
    /// What has been is not changed.
    PAST = "calendar.past", Invalid, "The past is not changed: only today and later.", "不能更改过去，只能从今天起生效。";
    /// The unit has one.
    UNIT_HAS_ONE = "calendar.unit_has_one", Conflict, "This unit has a calendar already: change that one.", "该单元已有日历，请直接更改。";
    /// The unit was dissolved.
    UNIT_CLOSED = "calendar.unit_closed", Invalid, "This unit is dissolved and takes no calendar.", "该治理单元已撤销，不能设置日历。";
    /// It has ended.
    ENDED = "calendar.ended", Conflict, "This calendar has ended by then.", "该日历届时已停用。";
}

impl From<CountError> for Fault {
    fn from(error: CountError) -> Self {
        match error {
            CountError::YearMissing(year) => {
                let why = format!("no holidays are published for {year}");
                YEAR_MISSING.refusal().because(why).with("year", json!(year)).into()
            }
            CountError::TooFar => TOO_FAR.refusal().because(format!("{FIRST_YEAR} to {LAST_YEAR}")).into(),
            CountError::PauseOrder(at) => {
                kernel::error::INVALID.refusal().at(format!("/pauses/{at}/until_at"), &PAUSE_ORDER).into()
            }
            CountError::TooManyPauses => kernel::error::INVALID
                .refusal()
                .at_with("/pauses", &TOO_MANY_PAUSES, format!("at most {MOST_PAUSES}"))
                .into(),
        }
    }
}
