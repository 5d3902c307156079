//! What the realm demands.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, put};
use kernel::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, Problem, Registrar, view};

use crate::model::policies::{LockoutPolicy, MfaPolicy, PasswordPolicy, Policy, SessionPolicy};
use crate::permission::ManagePolicies;
use crate::service::policies::{self, Versioned};

pub(crate) fn register(cfg: &mut Registrar<'_>) {
    cfg.service(read_passwords).service(put_passwords);
    cfg.service(read_lockout).service(put_lockout);
    cfg.service(read_sessions).service(put_sessions);
    cfg.service(read_mfa).service(put_mfa);
}

/// The two operations of a policy, its view and what is sent.
macro_rules! policy {
    (
        $what:literal, $path:literal, $policy:ident, $view:ident, $create:ident,
        read $read:ident $read_id:literal $read_summary:literal,
        put $put:ident $put_id:literal $put_summary:literal,
        also $also:expr,
        { $($(#[$meta:meta])* $field:ident: $ty:ty),+ $(,)? }
    ) => {
        #[doc = $what]
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $view {
            $($(#[$meta])* pub $field: $ty,)+
            /// Grows with every change; 1: as it comes with the platform.
            #[schema(minimum = 1, maximum = 9007199254740991i64)]
            pub version: i64,
            /// What the reader may do with it.
            pub can: Vec<String>,
        }

        impl $view {
            fn of(found: Versioned<$policy>) -> Self {
                let Versioned { policy, version } = found;
                Self { $($field: policy.$field,)+ version, can: vec!["update".to_owned()] }
            }
        }

        #[doc = $what]
        #[derive(Debug, Clone, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $create {
            $($(#[$meta])* pub $field: $ty,)+
            /// The version it was read at, unless `If-Match` says it.
            #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
            pub version: Option<i64>,
        }

        #[doc = $read_summary]
        #[utoipa::path(operation_id = $read_id, tag = "policies",
            responses((status = 200, body = $view, description = "The policy")),
            extensions(("x-permission" = json!(ManagePolicies::NAME))))]
        #[get($path)]
        pub async fn $read(who: Allowed<ManagePolicies>) -> Result<HttpResponse, Problem> {
            let found = who.read(|tx, ctx| policies::read::<$policy>(tx, ctx)).await?;
            let version = found.version;
            Ok(view($view::of(found), version))
        }

        #[doc = $put_summary]
        ///
        /// In force on the next request everywhere. What lies outside the platform's own bounds is refused, and the bounds are named.
        #[utoipa::path(operation_id = $put_id, tag = "policies", request_body = $create,
            responses((status = 200, body = $view, description = "Changed")),
            extensions(("x-permission" = json!(ManagePolicies::NAME))))]
        #[put($path)]
        pub async fn $put(
            who: Allowed<ManagePolicies>,
            body: Body<$create>,
        ) -> Result<HttpResponse, Problem> {
            let version = who.expected_version(body.version)?;
            let policy = $policy { $($field: body.$field.clone(),)+ };
            who.write(StatusCode::OK, &body, move |tx, ctx| {
                let also: fn(&mut storage::Tx<'_>, &$policy) -> Outcome<()> = $also;
                also(tx, &policy)?;
                let put = policies::put(tx, ctx, &policy, version)?;
                let version = put.version;
                Ok(Answer::of($view::of(put)).version(version))
            })
            .await
        }
    };
}

fn nothing<P: Policy>(_: &mut storage::Tx<'_>, _: &P) -> Outcome<()> {
    Ok(())
}

policy! {
    "What passwords must be.", "/policies/passwords", PasswordPolicy, PasswordPolicyView, PasswordPolicyCreate,
    read read_passwords "identity_read_password_policy" "Read what passwords must be.",
    put put_passwords "identity_update_password_policy" "Change what passwords must be.",
    also nothing,
    {
        /// Fewest characters.
        #[schema(minimum = 10, maximum = 64)]
        min_length: i32,
        /// How many of an account's last passwords may not come again.
        #[schema(minimum = 0, maximum = 10)]
        history: i32,
        /// Days after which a password must be changed at the next sign-in: 30 to 3650; 0: never.
        #[schema(minimum = 0, maximum = 3650)]
        max_age_days: i32,
    }
}

policy! {
    "How patient the door is.", "/policies/lockout", LockoutPolicy, LockoutPolicyView, LockoutPolicyCreate,
    read read_lockout "identity_read_lockout_policy" "Read how patient the door is.",
    put put_lockout "identity_update_lockout_policy" "Change how patient the door is.",
    also nothing,
    {
        /// Wrong passwords in a row that close it.
        #[schema(minimum = 3, maximum = 10)]
        tries: i32,
        /// Seconds it stays closed the first time, doubling with each further one.
        #[schema(minimum = 60, maximum = 3600)]
        first_seconds: i32,
        /// The longest it ever stays closed, in seconds.
        #[schema(minimum = 900, maximum = 86400)]
        max_seconds: i32,
    }
}

policy! {
    "How long somebody stays signed in.", "/policies/sessions", SessionPolicy, SessionPolicyView, SessionPolicyCreate,
    read read_sessions "identity_read_session_policy" "Read how long somebody stays signed in.",
    put put_sessions "identity_update_session_policy" "Change how long somebody stays signed in.",
    also nothing,
    {
        /// Days a session lasts however often it is refreshed.
        #[schema(minimum = 1, maximum = 30)]
        life_days: i32,
        /// Minutes after which a session that was not refreshed has ended.
        #[schema(minimum = 5, maximum = 43200)]
        idle_minutes: i32,
    }
}

policy! {
    "Who needs a second factor, besides those of whom the setting `second_factor` asks one anyway.", "/policies/mfa", MfaPolicy, MfaPolicyView, MfaPolicyCreate,
    read read_mfa "identity_read_mfa_policy" "Read who needs a second factor.",
    put put_mfa "identity_update_mfa_policy" "Change who needs a second factor.",
    also policies::refuse_unknown_roles,
    {
        /// Whoever holds a permission of this risk or a higher one: `none`, `medium` or `high`.
        #[schema(extensions(("x-extensible-enum" = json!(["none", "medium", "high"]))))]
        required_for_risk: String,
        /// Whoever holds one of these roles, by name.
        #[schema(max_items = 50)]
        required_for_roles: Vec<String>,
    }
}
