//! Errors in the shape of somebody else's standard. What lies under a path that such a standard rules answers its errors as the
//! standard has them, whoever refused: a handler, the rate limit, the clock, the router.

use std::sync::Arc;

use actix_web::HttpResponse;

use crate::problem::Problem;

/// Paths whose errors have another shape.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    /// What the paths begin with, the slash at the end included.
    pub prefix: &'static str,
    /// The answer for a problem at a path; `true` where the reader prefers Chinese. What a status asks for besides, `Retry-After`
    /// for one, is added to it.
    pub render: fn(&Problem, &str, bool) -> HttpResponse,
}

/// A request at such a path.
#[derive(Debug, Clone)]
pub(crate) struct Faced {
    face: Face,
    path: Arc<str>,
}

impl Faced {
    /// The face that a path is under, if it is under one.
    pub(crate) fn of(faces: &[Face], path: &str) -> Option<Self> {
        let face = faces.iter().find(|face| path.starts_with(face.prefix))?;
        Some(Self { face: *face, path: path.into() })
    }

    pub(crate) fn render(&self, problem: &Problem, chinese: bool) -> HttpResponse {
        (self.face.render)(problem, &self.path, chinese)
    }
}
