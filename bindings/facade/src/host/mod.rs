//! Contracts that a host implements, in plain values, and what makes the core's contracts of them.

pub(crate) mod master;
pub(crate) mod progress;
pub(crate) mod row;
pub(crate) mod store;
pub(crate) mod watch;

/// An enum whose values have stable numbers on the other side of the boundary.
macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $( $(#[$doc:meta])* $variant:ident = $number:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
        pub enum $name {
            $( $(#[$doc])* $variant, )+
        }

        impl $name {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $( Self::$variant => $number, )+ }
            }

            /// The value with this number.
            #[must_use]
            pub const fn from_number(number: u32) -> Option<Self> {
                match number { $( $number => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}
pub(crate) use numbered;
