//! From records to what the API shows: the names beside the ids, and what the reader may do.

use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission, UnitPath};
use serde::Serialize;
use storage::Tx;

use super::home_views::{
    DwellingView, HouseholdChangeView, HouseholdView, RentalTenant, RentalView, ResidenceView,
};
use crate::model::{Dwelling, Household, HouseholdChange, Period, Rental, Residence, Voided};
use crate::permission::{ManageDwellings, ManageHouseholds, ManageRentals, ManageResidences};
use crate::service::homes::{Homes, Names, Wanted};

/// What may be done: each word with the permission it needs at the place and whether the record is in a state for it.
fn can(ctx: &Context, path: &UnitPath, words: &[(&str, &Permission, bool)]) -> Vec<String> {
    let may = |p: &Permission| ctx.actor.may(p, path, ctx.now);
    words.iter().filter(|(_, p, fit)| *fit && may(p)).map(|(word, ..)| (*word).to_owned()).collect()
}

fn runs(period: Period, voided: Option<&Voided>, homes: &Homes) -> bool {
    voided.is_none() && !period.is_over(homes.today)
}

/// What can be shown to a reader: it says what it refers to, and is made with the names of it.
pub(super) trait Shown: Sized {
    /// What it is shown as.
    type View: Serialize;
    /// What it refers to.
    fn wants(&self, wanted: &mut Wanted);
    /// As it is shown.
    fn view(self, ctx: &Context, homes: &Homes, names: &Names) -> Self::View;
}

/// Records with the names of what they refer to: some questions, whatever their number.
pub(super) fn views<T: Shown>(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    page: kernel::Page<T>,
) -> Outcome<kernel::Page<T::View>> {
    let mut wanted = Wanted::default();
    page.items.iter().for_each(|item| item.wants(&mut wanted));
    let names = Names::of(tx, homes, wanted)?;
    Ok(page.map(|item| item.view(ctx, homes, &names)))
}

/// One record with the names of what it refers to.
pub(super) fn view<T: Shown>(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes, item: T) -> Outcome<T::View> {
    let mut wanted = Wanted::default();
    item.wants(&mut wanted);
    let names = Names::of(tx, homes, wanted)?;
    Ok(item.view(ctx, homes, &names))
}

impl Shown for Dwelling {
    type View = DwellingView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.units.insert(self.unit);
    }

    fn view(self, ctx: &Context, _: &Homes, names: &Names) -> DwellingView {
        let open = self.life.to.is_none();
        DwellingView {
            can: can(
                ctx,
                &self.path,
                &[
                    ("update", ManageDwellings::PERMISSION, open),
                    ("close", ManageDwellings::PERMISSION, open),
                    ("move_in", ManageResidences::PERMISSION, open),
                    ("file_rental", ManageRentals::PERMISSION, open),
                ],
            ),
            id: self.id.uuid(),
            unit_id: self.unit.uuid(),
            unit_name: names.unit(self.unit),
            address: self.address,
            kind: self.kind.word().to_owned(),
            lat: self.point.map(|(lat, _)| lat),
            lng: self.point.map(|(_, lng)| lng),
            floor_area: self.floor_area,
            opened_on: self.life.from,
            closed_on: self.life.to,
            version: self.version,
        }
    }
}

impl Shown for Household {
    type View = HouseholdView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.units.insert(self.unit);
        wanted.dwellings.extend(self.dwelling);
        wanted.people.extend(self.head);
    }

    fn view(self, ctx: &Context, _: &Homes, names: &Names) -> HouseholdView {
        let (open, manage) = (self.life.to.is_none(), ManageHouseholds::PERMISSION);
        let mut words: Vec<_> =
            ["update", "split", "merge", "move", "close"].map(|word| (word, manage, open)).into();
        words.push(("move_in", ManageResidences::PERMISSION, open));
        HouseholdView {
            can: can(ctx, &self.path, &words),
            id: self.id.uuid(),
            unit_id: self.unit.uuid(),
            unit_name: names.unit(self.unit),
            dwelling_id: self.dwelling.map(Id::uuid),
            dwelling_address: self.dwelling.map(|d| names.dwelling(d)),
            head_id: self.head.map(Id::uuid),
            head_name: self.head.map(|p| names.person(p)),
            register_kind: self.register_kind.word().to_owned(),
            opened_on: self.life.from,
            closed_on: self.life.to,
            version: self.version,
        }
    }
}

impl Shown for HouseholdChange {
    type View = HouseholdChangeView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.dwellings.extend(self.dwelling);
        wanted.households.extend(self.other);
        wanted.people.extend(self.head);
    }

    fn view(self, _: &Context, _: &Homes, names: &Names) -> HouseholdChangeView {
        HouseholdChangeView {
            id: self.id.uuid(),
            kind: self.kind.word().to_owned(),
            other_household_id: self.other.map(Id::uuid),
            other_household_head_name: self.other.map(|h| names.head(h)),
            dwelling_id: self.dwelling.map(Id::uuid),
            dwelling_address: self.dwelling.map(|d| names.dwelling(d)),
            head_id: self.head.map(Id::uuid),
            head_name: self.head.map(|p| names.person(p)),
            register_kind: self.register_kind.word().to_owned(),
            happened_on: self.on,
            recorded_at: self.at,
        }
    }
}

impl Shown for Residence {
    type View = ResidenceView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.units.insert(self.unit);
        wanted.dwellings.extend(self.dwelling);
        wanted.households.extend(self.household);
        wanted.people.insert(self.person);
    }

    fn view(self, ctx: &Context, homes: &Homes, names: &Names) -> ResidenceView {
        let (holds, manage) = (self.voided.is_none(), ManageResidences::PERMISSION);
        let runs = runs(self.stay, self.voided.as_ref(), homes);
        let mut words: Vec<_> = ["update", "correct", "void"].map(|word| (word, manage, holds)).into();
        words.extend(["end", "move", "change_type"].map(|word| (word, manage, runs)));
        ResidenceView {
            can: can(ctx, &self.path, &words),
            id: self.id.uuid(),
            person_id: self.person.uuid(),
            person_name: names.person(self.person),
            dwelling_id: self.dwelling.map(Id::uuid),
            dwelling_address: self.dwelling.map(|d| names.dwelling(d)),
            household_id: self.household.map(Id::uuid),
            household_head_name: self.household.map(|h| names.head(h)),
            unit_id: self.unit.uuid(),
            unit_name: names.unit(self.unit),
            resident_type: self.resident_type.word().to_owned(),
            is_head: names.is_head(self.household, self.person),
            relation: self.relation.map(|r| r.word().to_owned()),
            is_main: self.is_main,
            from_on: self.stay.from,
            to_on: self.stay.to,
            corrects_id: self.corrects.map(Id::uuid),
            voided_at: self.voided.as_ref().map(|v| v.at),
            void_reason: self.voided.map(|v| v.reason),
            version: self.version,
        }
    }
}

impl Shown for Rental {
    type View = RentalView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.units.insert(self.unit);
        wanted.dwellings.insert(self.dwelling);
        wanted.people.insert(self.landlord);
        wanted.people.extend(&self.tenants);
    }

    fn view(self, ctx: &Context, homes: &Homes, names: &Names) -> RentalView {
        let manage = ManageRentals::PERMISSION;
        let words = [
            ("end", manage, runs(self.lease, self.voided.as_ref(), homes)),
            ("void", manage, self.voided.is_none()),
        ];
        let tenant =
            |p: &Id<kernel::id::Person>| RentalTenant { person_id: p.uuid(), person_name: names.person(*p) };
        RentalView {
            can: can(ctx, &self.path, &words),
            id: self.id.uuid(),
            dwelling_id: self.dwelling.uuid(),
            dwelling_address: names.dwelling(self.dwelling),
            unit_id: self.unit.uuid(),
            unit_name: names.unit(self.unit),
            landlord_id: self.landlord.uuid(),
            landlord_name: names.person(self.landlord),
            tenants: self.tenants.iter().map(tenant).collect(),
            is_shared: self.is_shared,
            from_on: self.lease.from,
            to_on: self.lease.to,
            filed_at: self.filed_at,
            voided_at: self.voided.as_ref().map(|v| v.at),
            void_reason: self.voided.map(|v| v.reason),
            version: self.version,
        }
    }
}
