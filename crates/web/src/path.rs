//! Ids in paths. What cannot be the id of anything is not there: 404, as for an id nobody has.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::{Id, Outcome};

use crate::guard::after_guard;
use crate::problem::Problem;

/// `{id}` of the path.
#[derive(Debug, Clone, Copy)]
pub struct PathId<K>(Id<K>);

impl<K> PathId<K> {
    /// The id.
    pub fn id(&self) -> Id<K> {
        self.0
    }
}

/// The first two ids of the path, whatever they are called there.
#[derive(Debug, Clone, Copy)]
pub struct PathPair<A, B>(Id<A>, Id<B>);

impl<A, B> PathPair<A, B> {
    /// The first.
    pub fn first(&self) -> Id<A> {
        self.0
    }

    /// The second.
    pub fn second(&self) -> Id<B> {
        self.1
    }
}

fn id_of<K>(text: Option<&str>) -> Outcome<Id<K>> {
    // Braces and other spellings of a UUID are not ours: one thing has one path.
    text.filter(|t| t.len() == 36)
        .and_then(|t| t.parse().ok())
        .ok_or_else(|| kernel::error::NOT_FOUND.fault())
}

impl<K: 'static> FromRequest for PathId<K> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            after_guard(&req).await;
            Ok(Self(id_of(req.match_info().get("id"))?))
        })
    }
}

impl<A: 'static, B: 'static> FromRequest for PathPair<A, B> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            after_guard(&req).await;
            let mut members = req.match_info().iter().map(|(_, text)| text);
            let first = id_of(members.next())?;
            Ok(Self(first, id_of(members.next())?))
        })
    }
}
