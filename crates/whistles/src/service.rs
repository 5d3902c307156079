//! The deeds.

pub mod act;
pub mod answer;
pub mod blow;
pub mod deadline;
pub mod figures;
pub mod follow;
pub mod judge;
pub mod late;
pub mod list;
pub mod located;
pub mod see;
pub mod tell;
pub mod withdraw;
