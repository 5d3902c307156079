//! The operations. One file a noun; nothing is decided here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::web::Data;
use kernel::permission::Permit;
use kernel::{Actor, Fault, Outcome, Permission};
use web::{Allowed, Authenticator, Dictionary, Registrar, WebPlugin};

use crate::error::{NOT_BY_KEY, PASSWORD_CHANGE_REQUIRED, SECOND_FACTOR_REQUIRED};
use crate::gate::{Gate, must_change_password, must_enrol};
use crate::model::sign_in::outcome;
use crate::permission::{OwnPassword, OwnSession};
use crate::plugin::Identity;
use crate::service::{by_key, second_factor as held_up};

pub mod access;
pub mod auth;
pub mod conflicts;
pub mod contacts;
pub mod effective;
pub mod external;
pub mod grant_approval;
pub mod grant_batch;
pub mod grants;
pub mod handover_views;
pub mod handovers;
pub mod invitation_views;
pub mod invitations;
mod jwks;
pub mod keys;
pub mod machines;
pub mod me;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod policies;
pub mod reach;
pub mod receivers;
pub mod registrations;
pub mod resets;
pub mod role_insight;
pub mod roles;
pub mod second_factor;
pub mod sessions;
pub mod sign_ins;
pub mod tickets;
pub mod users;
pub mod views;

impl Authenticator for Gate {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(self.actor(token))
    }

    fn redeem<'a>(&'a self, ticket: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(self.redeem_for_stream(ticket))
    }

    fn again<'a>(&'a self, actor: &'a Actor) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(self.again(actor))
    }

    fn refuses(&self, actor: &Actor, permission: &Permission) -> Option<Fault> {
        if by_key::refuses(actor, permission) {
            return Some(NOT_BY_KEY.fault());
        }
        // A password that somebody else knows opens nothing that would outlive it: no second factor, no contact, no key, no other way in.
        let first = [OwnSession::PERMISSION.name, OwnPassword::PERMISSION.name].contains(&permission.name);
        if !first && must_change_password(actor) {
            return Some(PASSWORD_CHANGE_REQUIRED.fault());
        }
        (held_up::is_held_up(permission) && must_enrol(actor)).then(|| SECOND_FACTOR_REQUIRED.fault())
    }
}

impl WebPlugin for Identity {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        if let Some(gate) = &self.gate {
            cfg.app_data(Data::from(Arc::clone(gate)));
        }
        cfg.service(auth::sign_in).service(auth::refresh).service(auth::sign_out);
        cfg.service(tickets::create);
        cfg.service(me::read_me).service(me::list_permissions).service(me::list_grantable);
        cfg.service(me::list_sessions)
            .service(me::end_session)
            .service(me::end_other_sessions)
            .service(me::change_password);
        cfg.service(receivers::list);
        cfg.service(users::list).service(users::create).service(users::read).service(users::update);
        cfg.service(users::disable)
            .service(users::enable)
            .service(users::unlock)
            .service(users::set_password)
            .service(users::sign_out);
        cfg.service(effective::list_grants).service(effective::list_permissions);
        cfg.service(invitations::list).service(invitations::create).service(invitations::accept);
        cfg.service(invitations::read).service(invitations::resend).service(invitations::withdraw);
        cfg.service(registrations::ask).service(registrations::confirm);
        cfg.service(resets::ask).service(resets::confirm);
        cfg.service(contacts::list)
            .service(contacts::add)
            .service(contacts::verify)
            .service(contacts::remove);
        policies::register(cfg);
        cfg.service(roles::list_permissions).service(roles::list).service(roles::create);
        cfg.service(role_insight::compare).service(role_insight::holders).service(role_insight::preview);
        cfg.service(conflicts::violations).service(conflicts::list);
        cfg.service(conflicts::create).service(conflicts::remove);
        cfg.service(roles::read).service(roles::update).service(roles::retire);
        cfg.service(grant_batch::create).service(grant_batch::preview).service(grant_approval::of_unit);
        cfg.service(grant_approval::approve).service(grant_approval::decline);
        cfg.service(grants::list).service(grants::create).service(grants::read);
        cfg.service(grants::update).service(grants::revoke);
        cfg.service(access::check).service(access::why).service(reach::who_can).service(reach::places);
        cfg.service(auth::second_factor).service(auth::redeem);
        second_factor::routes(cfg);
        sessions::routes(cfg);
        sign_ins::routes(cfg);
        machines::routes(cfg);
        keys::routes(cfg);
        external::routes(cfg);
        cfg.service(handovers::list_holdings).service(handovers::hand_over).service(handovers::offboard);
        cfg.service(handovers::list).service(handovers::read).service(handovers::cancel);
    }

    fn root_routes(&self, cfg: &mut actix_web::web::ServiceConfig) {
        if let Some(gate) = &self.gate {
            cfg.app_data(Data::from(Arc::clone(gate)));
        }
        jwks::route(cfg);
        #[cfg(feature = "oidc")]
        oidc::route(cfg);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("auth", "Signing in, staying signed in, signing out."),
            ("me", "One's own account, rights and sessions."),
            ("users", "Accounts."),
            ("invitations", "People who are asked to make an account, and the role that awaits them."),
            ("policies", "What the realm demands of passwords, sign-ins and sessions."),
            ("roles", "Roles and the permissions they are made of."),
            ("grants", "Who holds which role, where and for how long."),
            ("handovers", "What hangs on a person, and how it passes to another."),
            ("access", "Who may do what where, and why."),
            ("sessions", "Who is signed in, and who tried to be."),
            ("machines", "Service accounts and API keys."),
        ]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        &[
            Dictionary {
                name: "identity_user_status",
                entries: &[("enabled", "Enabled", "启用"), ("disabled", "Disabled", "停用")],
            },
            Dictionary {
                name: "identity_handover_state",
                entries: &[
                    ("scheduled", "Scheduled", "待执行"),
                    ("done", "Done", "已完成"),
                    ("failed", "Failed", "失败"),
                    ("cancelled", "Cancelled", "已取消"),
                ],
            },
            Dictionary {
                name: "identity_invitation_state",
                entries: &[
                    ("pending", "Pending", "待接受"),
                    ("expired", "Expired", "已过期"),
                    ("accepted", "Accepted", "已接受"),
                    ("withdrawn", "Withdrawn", "已撤回"),
                ],
            },
            Dictionary {
                name: "identity_address_kind",
                entries: &[("phone", "Telephone", "手机"), ("mail", "Mail", "邮箱")],
            },
            Dictionary {
                name: "identity_grant_state",
                entries: &[
                    ("active", "Active", "生效中"),
                    ("pending", "Not yet", "未生效"),
                    ("proposed", "Awaits approval", "待审批"),
                    ("expired", "Expired", "已到期"),
                    ("revoked", "Revoked", "已撤销"),
                    ("declined", "Declined", "已驳回"),
                ],
            },
            Dictionary {
                name: "identity_conflict_place",
                entries: &[
                    ("same_unit", "In the same unit", "同一单元"),
                    ("line", "In one line of the tree", "同一条线（上下级）"),
                    ("anywhere", "Anywhere", "任何单元"),
                ],
            },
            Dictionary {
                name: "identity_conflict_mode",
                entries: &[
                    ("forbid", "Forbidden", "禁止"),
                    ("needs_second", "A second person approves", "须第二人审批"),
                ],
            },
            Dictionary { name: "identity_sign_in_outcome", entries: outcome::ALL },
        ]
    }
}

/// The version the client holds, if it says one: for deeds that need none.
fn said_version<P: Permit>(who: &Allowed<P>, in_body: Option<i64>) -> Outcome<Option<i64>> {
    match who.expected_version(in_body) {
        Ok(version) => Ok(Some(version)),
        Err(fault) if fault.code() == Some(&web::error::PRECONDITION_REQUIRED) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// What an idempotency key is kept with where the body has a password: all but the password, whose digest would be worth
/// guessing at.
struct Public(Vec<u8>);

impl Public {
    fn of(parts: &[&str]) -> Self {
        Self(parts.join("\u{1f}").into_bytes())
    }
}

impl web::Fingerprint for Public {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}
