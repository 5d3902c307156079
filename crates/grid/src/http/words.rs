//! Closed lists of words: as requests take them, and with their labels.

use contracts::SpanUnit;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Dictionary;

use crate::model::{
    CategoryKind, ClockEnd, ClockKind, Decision, EvidenceLabel, FollowKind, GridKind, PostRole, Priority,
    RequestKind, Requirement, Source, State,
};

macro_rules! request_words {
    ($(#[$doc:meta])* $name:ident of $model:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

request_words! {
    /// What kind of area a grid is.
    GridKindWord of GridKind {
        /// Homes.
        Residential,
        /// Shops and markets.
        Market,
        /// Works.
        Industrial,
        /// Schools, hospitals, stations.
        Special,
    }
}

request_words! {
    /// What somebody does in a grid.
    GridPostRoleWord of PostRole {
        /// Grid worker.
        Worker,
        /// Police officer.
        Police,
        /// Assistant.
        Assistant,
    }
}

request_words! {
    /// How far an incident is.
    IncidentStateWord of State {
        /// Reported.
        Reported,
        /// Accepted.
        Accepted,
        /// Dispatched.
        Dispatched,
        /// In progress.
        InProgress,
        /// Resolved.
        Resolved,
        /// Verified.
        Verified,
        /// Closed.
        Closed,
        /// Rejected.
        Rejected,
        /// Reopened.
        Reopened,
        /// Set aside until a date.
        Suspended,
        /// The reporter was asked something.
        Waiting,
        /// The same as another.
        Merged,
        /// Struck.
        Void,
    }
}

request_words! {
    /// What a photo or document of an incident shows.
    EvidenceLabelWord of EvidenceLabel {
        /// What was found.
        Before,
        /// What was made of it.
        After,
        /// Anything else.
        Other,
    }
}

request_words! {
    /// Whether something happened, or a thing is not in order.
    CategoryKindWord of CategoryKind {
        /// Something happened.
        Event,
        /// A thing is not in order.
        Component,
    }
}

request_words! {
    /// How urgent an incident is.
    CategoryPriorityWord of Priority {
        /// Low.
        Low,
        /// Normal.
        Normal,
        /// High.
        High,
        /// Urgent.
        Urgent,
    }
}

request_words! {
    /// What a report must bring.
    CategoryRequirementWord of Requirement {
        /// A point on the map.
        Point,
        /// A place in words.
        Address,
        /// More than a title.
        Description,
    }
}

request_words! {
    /// What is asked to be decided about an incident.
    IncidentRequestKindWord of RequestKind {
        /// More time.
        Extension,
        /// To strike it.
        Void,
    }
}

request_words! {
    /// What a term is counted in.
    CategoryTermUnitWord of SpanUnit {
        /// Minutes in which the unit works.
        WorkingMinutes,
        /// Hours in which the unit works: sixty working minutes each.
        WorkingHours,
        /// Days on which the unit works.
        WorkingDays,
        /// Days of the calendar.
        CalendarDays,
    }
}

pub(super) static DICTIONARIES: &[Dictionary] = &[
    Dictionary {
        name: "grid_kinds",
        entries: &[
            ("residential", "Residential", "居民网格"),
            ("market", "Market", "商贸网格"),
            ("industrial", "Industrial", "工业网格"),
            ("special", "Special", "专属网格"),
        ],
    },
    Dictionary {
        name: "grid_post_roles",
        entries: &[
            ("worker", "Grid worker", "网格员"),
            ("police", "Police officer", "社区民警"),
            ("assistant", "Assistant", "协管员"),
        ],
    },
    Dictionary {
        name: "grid_incident_states",
        entries: &[
            ("reported", "Reported", "已上报"),
            ("accepted", "Accepted", "已受理"),
            ("dispatched", "Dispatched", "已派遣"),
            ("in_progress", "In progress", "处置中"),
            ("resolved", "Resolved", "已处置"),
            ("verified", "Verified", "已核查"),
            ("closed", "Closed", "已办结"),
            ("rejected", "Rejected", "已退回"),
            ("reopened", "Reopened", "已重开"),
            ("suspended", "Suspended", "已挂起"),
            ("waiting", "Waiting for the reporter", "待上报人答复"),
            ("merged", "Merged", "已合并"),
            ("void", "Void", "已作废"),
        ],
    },
    Dictionary {
        name: "grid_incident_actions",
        entries: &[
            ("report", "Report", "上报"),
            ("accept", "Accept", "受理"),
            ("reject", "Reject", "退回"),
            ("dispatch", "Dispatch", "派遣"),
            ("start", "Start", "开始处置"),
            ("resolve", "Resolve", "处置完成"),
            ("verify", "Verify", "核查"),
            ("close", "Close", "办结"),
            ("reopen", "Reopen", "重新打开"),
            ("return", "Return", "退单"),
            ("transfer", "Transfer", "转办"),
            ("suspend", "Suspend", "挂起"),
            ("ask", "Ask the reporter", "询问上报人"),
            ("answer", "Answer", "答复"),
            ("resume", "Resume", "恢复办理"),
            ("merge", "Merge", "合并"),
            ("rate", "Rate", "评价"),
            ("regrid", "Follow the grid", "网格调整"),
            ("hand_over", "Hand over", "移交"),
            ("categorise", "Categorise", "定类"),
            ("escalate", "Escalate", "逾期上报"),
            ("ask_extension", "Ask for more time", "申请延期"),
            ("extend", "Grant more time", "批准延期"),
            ("refuse_extension", "Refuse more time", "不予延期"),
            ("ask_void", "Ask to strike", "申请作废"),
            ("void", "Strike", "作废"),
            ("refuse_void", "Refuse to strike", "不予作废"),
        ],
    },
    Dictionary { name: "grid_incident_sources", entries: Source::LABELS },
    Dictionary { name: "grid_evidence_labels", entries: EvidenceLabel::LABELS },
    Dictionary { name: "grid_follow_kinds", entries: FollowKind::LABELS },
    Dictionary { name: "grid_clock_kinds", entries: ClockKind::LABELS },
    Dictionary { name: "grid_clock_ends", entries: ClockEnd::LABELS },
    Dictionary {
        name: "grid_timeliness",
        entries: &[("on_time", "On time", "按时"), ("late", "Late", "超时")],
    },
    Dictionary { name: "grid_request_kinds", entries: RequestKind::LABELS },
    Dictionary { name: "grid_request_decisions", entries: Decision::LABELS },
    Dictionary { name: "grid_category_kinds", entries: CategoryKind::LABELS },
    Dictionary { name: "grid_priorities", entries: Priority::LABELS },
    Dictionary { name: "grid_category_requirements", entries: Requirement::LABELS },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::service::requests;

    #[test]
    fn every_word_has_its_labels() {
        let has = |name: &str, words: Vec<&str>| {
            let all = DICTIONARIES.iter().find(|d| d.name == name).expect("the dictionary").entries;
            assert_eq!(all.iter().map(|(w, ..)| *w).collect::<Vec<_>>(), words);
        };
        has("grid_kinds", GridKind::ALL.iter().map(|k| k.word()).collect());
        has("grid_post_roles", PostRole::ALL.iter().map(|k| k.word()).collect());
        has("grid_incident_states", State::ALL.iter().map(|k| k.word()).collect());
        has(
            "grid_incident_actions",
            std::iter::once("report")
                .chain(Action::ALL.iter().map(|k| k.word()))
                .chain([crate::service::rate::RATE, crate::service::report::REGRID])
                .chain([crate::service::holdings::HAND_OVER, crate::service::categorise::CATEGORISE])
                .chain([crate::service::escalate::ESCALATE])
                .chain([requests::ASK_EXTENSION, requests::EXTEND, requests::REFUSE_EXTENSION])
                .chain([requests::ASK_VOID, requests::VOID, requests::REFUSE_VOID])
                .collect(),
        );
    }
}
