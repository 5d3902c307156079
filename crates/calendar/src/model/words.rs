//! Closed lists of words, as stored and as shown.

use chrono::Weekday;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $en:literal, $zh:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Word, English label, Chinese label.
            pub const LABELS: &'static [(&'static str, &'static str, &'static str)] = &[$(($word, $en, $zh)),+];
            /// The word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Whose holidays a calendar has besides its own.
    Follows {
        /// Those of the calendars above, and above all of them those of the State Council. A year that nobody published is missing.
        Above = "above", "The calendars above and the State Council's holidays", "沿用上级日历和国务院节假日";
        /// Nobody's: a year for which none were put is missing.
        Own = "own", "Only what is put for this calendar", "仅使用本日历的节假日";
        /// Nobody's, and no year is ever missing: the week holds unless an exception says otherwise. For a desk that is never closed.
        Week = "week", "The week alone, whatever the holidays", "仅按每周时间，不受节假日影响";
    }
}

words! {
    /// What kind of exception a day is.
    ExceptionKind {
        /// Closed, whatever the week says: a holiday.
        Closed = "closed", "Closed", "放假";
        /// 调休上班: works with the hours of another weekday.
        Swapped = "swapped", "Works as another weekday", "调休上班";
        /// Open at hours of its own.
        Hours = "hours", "Open at other hours", "特殊时间";
    }
}

words! {
    /// What a day is.
    DayKind {
        /// Open as the week has it.
        Working = "working", "Working day", "工作日";
        /// Closed as the week has it.
        Weekend = "weekend", "Weekend", "周末休息";
        /// Closed by an exception.
        Holiday = "holiday", "Holiday", "节假日";
        /// Open as another weekday is.
        Swapped = "swapped", "Swapped working day", "调休工作日";
        /// Open at hours of its own.
        Special = "special", "Special hours", "特殊时间";
        /// Nobody published what it is.
        Unknown = "unknown", "Not published", "尚未公布";
    }
}

words! {
    /// What a day has to do with a deadline.
    Note {
        /// The day on which the clock starts: for spans of days it is not counted (《民法典》第二百零一条).
        Start = "start", "The day of the start: not counted", "开始当日，不计入";
        /// It is counted.
        Counted = "counted", "Counted", "计入";
        /// The office is closed.
        Closed = "closed", "Closed: not counted", "休息，不计入";
        /// The clock stood.
        Paused = "paused", "The clock stood: not counted", "暂停，不计入";
        /// The last day would have been earlier and moved on to this one (《民法典》第二百零三条), or on the way there.
        Moved = "moved", "The last day moves on", "末日顺延";
    }
}

words! {
    /// A day of the week.
    WeekdayWord {
        /// 星期一.
        Monday = "monday", "Monday", "星期一";
        /// 星期二.
        Tuesday = "tuesday", "Tuesday", "星期二";
        /// 星期三.
        Wednesday = "wednesday", "Wednesday", "星期三";
        /// 星期四.
        Thursday = "thursday", "Thursday", "星期四";
        /// 星期五.
        Friday = "friday", "Friday", "星期五";
        /// 星期六.
        Saturday = "saturday", "Saturday", "星期六";
        /// 星期日.
        Sunday = "sunday", "Sunday", "星期日";
    }
}

impl From<WeekdayWord> for Weekday {
    fn from(word: WeekdayWord) -> Self {
        match word {
            WeekdayWord::Monday => Self::Mon,
            WeekdayWord::Tuesday => Self::Tue,
            WeekdayWord::Wednesday => Self::Wed,
            WeekdayWord::Thursday => Self::Thu,
            WeekdayWord::Friday => Self::Fri,
            WeekdayWord::Saturday => Self::Sat,
            WeekdayWord::Sunday => Self::Sun,
        }
    }
}

impl From<Weekday> for WeekdayWord {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Mon => Self::Monday,
            Weekday::Tue => Self::Tuesday,
            Weekday::Wed => Self::Wednesday,
            Weekday::Thu => Self::Thursday,
            Weekday::Fri => Self::Friday,
            Weekday::Sat => Self::Saturday,
            Weekday::Sun => Self::Sunday,
        }
    }
}
