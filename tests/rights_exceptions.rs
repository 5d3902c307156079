//! What the rights matrix cannot judge by its plain rule, each with its reason.

/// Permissions that are of no use without another, with the reason.
pub const NEEDS_TOO: &[(&str, &str, &str)] = &[
    (
        "identity.role.manage",
        "identity.grant.manage",
        "a role is made to be given: who may not give its permissions may not put them in it",
    ),
    ("grid.request.decide", "grid.incident.read", "who decides about a case must see it"),
    ("grid.answer.read", "grid.incident.read", "an answer is filled in for a case that one sees"),
    ("grid.incident.self_handle", "grid.incident.report", "it is all the steps at once"),
    ("grid.incident.self_handle", "grid.incident.accept", "it is all the steps at once"),
    ("grid.incident.self_handle", "grid.incident.dispatch", "it is all the steps at once"),
    ("grid.incident.self_handle", "grid.incident.handle", "it is all the steps at once"),
    ("whistles.whistle.blow", "grid.incident.read", "who calls departments to a case must see it"),
];

/// Permissions over what the whole realm has once: held in a part of the tree they are of no use.
pub const REALM_WIDE: &[&str] = &["identity.policy.manage", "figures.figure.recount"];

/// Permissions that no operation is guarded by: they are asked within, with the reason.
pub const ASKED_WITHIN: &[(&str, &str)] = &[
    ("figures.worker.read", "figures of single people are a parameter of the question"),
    ("visits.visit.read", "a visit is seen by whoever works in its grid, too"),
    ("visits.plan.manage", "workers plan for themselves by the same operation"),
];

/// Operations that answer each item by itself, and in the matrix refuse all of them, with the reason.
pub const REFUSES_EACH: &[(&str, &str)] =
    &[("visits_record_batch", "the household lies in no grid where the holder has a post")];

/// Operations that change nothing, whatever their method.
pub const CHANGE_NOTHING: &[&str] = &[
    "calendar_compute_due",
    "identity_check_access",
    "identity_preview_grant",
    "identity_preview_role",
    "territory_preview_unit_move",
];

/// Operations that look at another's thing without a place of its own, with the reason.
pub const PLACELESS: &[(&str, &str)] = &[
    ("duties_ask_admission", "who asks stands where the work comes from, not where it goes to"),
    ("grid_report_incident", "whoever may report may report about any place"),
    ("grid_send_field_records", "whoever may report may report about any place"),
    ("visits_record_batch", "each of the batch is refused by itself"),
    ("identity_create_grant_batch", "each of the batch is refused by itself"),
    ("identity_check_access", "a question about what the asker may not know is answered with a no"),
];

/// Operations on a thing that no operation alone can make, with the reason: whoever may is told that it is not there.
pub const NOT_THERE: &[(&str, &str)] = &[
    ("identity_unlink_user_identity", "an account at a provider is tied where a provider is set up"),
    ("visits_get_content", "a visit is recorded by a worker on duty where the household is"),
    ("visits_correct_visit", "a visit is recorded by a worker on duty where the household is"),
    ("visits_strike_visit", "a visit is recorded by a worker on duty where the household is"),
];
