//! Sums, and the rates they give.

macro_rules! sums {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What was counted of some cases.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Sums {
            $($(#[$doc])* pub $name: i64,)+
        }

        impl Sums {
            /// The names of the columns, in order.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Both together.
            pub fn plus(self, other: Self) -> Self {
                Self { $($name: self.$name + other.$name),+ }
            }

            /// This without the other.
            pub fn minus(self, other: Self) -> Self {
                Self { $($name: self.$name - other.$name),+ }
            }

            /// All of them, in the order of [`Self::COLUMNS`].
            pub fn all(self) -> Vec<i64> {
                vec![$(self.$name),+]
            }
        }
    };
}

sums! {
    /// Cases reported, but for those struck or merged.
    received,
    /// Cases struck.
    struck,
    /// Cases merged into others.
    merged,
    /// Of the received, taken on.
    accepted,
    /// Of the received, closed.
    closed,
    /// Clocks that ended and could be counted.
    due,
    /// Those of them that ended in time.
    on_time,
    /// Dispatches.
    dispatches,
    /// Returns from the wrong place.
    returns,
    /// Results.
    results,
    /// Results sent back, and cases taken up again.
    reworks,
    /// Marks.
    marks,
    /// Their sum.
    mark_sum,
    /// Marks of 4 and 5.
    content,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many.
    pub numerator: i64,
    /// Of so many; never zero.
    pub denominator: i64,
}

impl Rate {
    /// Nothing of nothing is no rate.
    pub fn of(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator > 0).then_some(Self { numerator, denominator })
    }

    /// Hundredths of a percent, rounded half up.
    pub fn basis_points(self) -> i64 {
        self.parts(10_000)
    }

    /// Parts of `whole`, rounded half up.
    pub fn parts(self, whole: i64) -> i64 {
        let (n, d) = (i128::from(self.numerator), i128::from(self.denominator));
        let twice = n * i128::from(whole) * 2 + d;
        i64::try_from(twice.div_euclid(d * 2)).unwrap_or(i64::MAX)
    }

    /// As percent with two decimals: `98.10`.
    pub fn percent(self) -> String {
        let points = self.basis_points();
        format!("{}.{:02}", points / 100, points % 100)
    }
}

impl Sums {
    /// Closed of received.
    pub fn closing(self) -> Option<Rate> {
        Rate::of(self.closed, self.received)
    }

    /// In time of due.
    pub fn timely(self) -> Option<Rate> {
        Rate::of(self.on_time, self.due)
    }

    /// Returned of dispatched.
    pub fn returned(self) -> Option<Rate> {
        Rate::of(self.returns, self.dispatches)
    }

    /// Reworked of resolved.
    pub fn reworked(self) -> Option<Rate> {
        Rate::of(self.reworks, self.results)
    }

    /// Content of marked.
    pub fn satisfied(self) -> Option<Rate> {
        Rate::of(self.content, self.marks)
    }

    /// The mean mark, in hundredths.
    pub fn mean_mark(self) -> Option<i64> {
        Rate::of(self.mark_sum, self.marks).map(|rate| rate.parts(100))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wuxi_2019_is_98_10_percent() {
        let rate = Rate::of(1_635_523, 1_667_200).unwrap();
        assert_eq!((rate.basis_points(), rate.percent().as_str()), (9_810, "98.10"));
        assert_eq!(Rate::of(0, 0), None);
        assert_eq!(Rate::of(1, 3).unwrap().percent(), "33.33");
        assert_eq!(Rate::of(1, 20_000).unwrap().basis_points(), 1, "half is up");
        assert_eq!(Rate::of(5, 5).unwrap().percent(), "100.00");
    }

    proptest! {
        #[test]
        fn a_rate_is_the_nearest(n in 0_i64..2_000_000, more in 0_i64..2_000_000) {
            let rate = Rate::of(n, (n + more).max(1)).unwrap();
            let exact = i128::from(rate.numerator) * 10_000 * 2;
            let told = i128::from(rate.basis_points()) * i128::from(rate.denominator) * 2;
            prop_assert!((exact - told).abs() <= i128::from(rate.denominator));
        }

        #[test]
        fn what_is_added_can_be_taken_away(a in any::<[i32; 14]>(), b in any::<[i32; 14]>()) {
            let of = |n: [i32; 14]| {
                let v = |i: usize| i64::from(n[i]);
                Sums {
                    received: v(0), struck: v(1), merged: v(2), accepted: v(3), closed: v(4), due: v(5), on_time: v(6),
                    dispatches: v(7), returns: v(8), results: v(9), reworks: v(10), marks: v(11), mark_sum: v(12), content: v(13),
                }
            };
            prop_assert_eq!(of(a).plus(of(b)).minus(of(b)), of(a));
            prop_assert_eq!(of(a).all().len(), Sums::COLUMNS.len());
        }
    }
}
