//! Injected time: a UTC instant in microseconds, its texts, and the clock trait.

use std::fmt;

use ::time::format_description::well_known::Rfc3339;
use ::time::{Date, Month, OffsetDateTime, Time, UtcOffset};

use crate::error::{Code, Error, Result};

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;
/// Microseconds in a day.
const MICROS_PER_DAY: i64 = 86_400 * MICROS;
/// 1970-01-01 in Julian days.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;
/// 9999-12-31T23:59:59.999999Z, the last instant a certificate or the database can name.
const LAST: i64 = 253_402_300_799 * MICROS + 999_999;

/// A UTC instant with a resolution of one microsecond, the database's, from year 1 to year 9999.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant there is: the end of the year 9999.
    pub const MAX: Self = Self(LAST);
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);

    /// From microseconds since 1970-01-01T00:00:00Z; later than the year 9999 becomes its end, earlier than the year
    /// 1 its begin.
    #[must_use]
    pub fn from_unix_micros(micros: i64) -> Self {
        const FIRST: i64 = -62_135_596_800 * MICROS;
        Self(micros.clamp(FIRST, LAST))
    }

    /// From seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self::from_unix_micros(seconds.saturating_mul(MICROS))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// The same instant without its fraction of a second, as certificates have it.
    #[must_use]
    pub fn truncate_to_seconds(self) -> Self {
        Self::from_unix_seconds(self.unix_seconds())
    }

    /// This instant plus `days` (negative: minus), kept within the range.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_unix_micros(self.0.saturating_add(days.saturating_mul(MICROS_PER_DAY)))
    }

    /// This instant plus `seconds` (negative: minus), kept within the range.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_micros(self.0.saturating_add(seconds.saturating_mul(MICROS)))
    }

    /// Whole days from `self` until `later`, rounded down; negative when `later` is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i64 {
        later.0.saturating_sub(self.0).div_euclid(MICROS_PER_DAY)
    }

    /// Database text: `YYYY-MM-DD HH:MM:SS` with 0 to 6 fraction digits, UTC without a zone.
    ///
    /// # Errors
    /// [`Code::InvalidTimestamp`] for any other text.
    pub fn from_database(text: &str) -> Result<Self> {
        // What the library writes; rows have five of them, so it is read without splitting.
        let full = <&[u8; 26]>::try_from(text.as_bytes()).ok().and_then(Self::from_full_database_text);
        full.or_else(|| Self::from_any_database_text(text)).ok_or_else(|| {
            Error::new(Code::InvalidTimestamp, "a database time is YYYY-MM-DD HH:MM:SS with up to six fraction digits")
        })
    }

    /// Database text with all six fraction digits; `None` for any other.
    fn from_full_database_text(text: &[u8; 26]) -> Option<Self> {
        #[rustfmt::skip]
        let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b' ' | b'T', h1, h2, b':', m1, m2, b':', s1, s2, b'.',
            f1, f2, f3, f4, f5, f6] = *text
        else {
            return None;
        };
        let pair = |digits| decimal(digits).and_then(|value: u32| u8::try_from(value).ok());
        let year = decimal([y1, y2, y3, y4]).and_then(|year| i32::try_from(year).ok())?;
        let micros = decimal([f1, f2, f3, f4, f5, f6])?;
        Self::from_parts(
            (year, pair([o1, o2])?, pair([d1, d2])?),
            (pair([h1, h2])?, pair([m1, m2])?, pair([s1, s2])?),
            micros,
        )
    }

    /// Database text with any number of fraction digits; `None` for any other.
    fn from_any_database_text(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once([' ', 'T'])?;
        let (clock, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
        let digits = |text: &str, len: usize| -> Option<u32> {
            (text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
        };
        let mut date_parts = date.split('-');
        let mut next_date = |len| date_parts.next().and_then(|part| digits(part, len));
        let (year, month, day) = (next_date(4)?, next_date(2)?, next_date(2)?);
        let mut clock_parts = clock.split(':');
        let mut next_clock = || clock_parts.next().and_then(|part| digits(part, 2));
        let (hour, minute, second) = (next_clock()?, next_clock()?, next_clock()?);
        if date_parts.next().is_some() || clock_parts.next().is_some() || fraction.is_empty() || fraction.len() > 6 {
            return None;
        }
        let micros = digits(&format!("{fraction:0<6}"), 6)?;
        let byte = |value: u32| u8::try_from(value).ok();
        let year = i32::try_from(year).ok()?;
        Self::from_parts((year, byte(month)?, byte(day)?), (byte(hour)?, byte(minute)?, byte(second)?), micros)
    }

    /// From year, month and day, from hour, minute and second, and microseconds; `None` when there is no such time.
    fn from_parts(
        (year, month, day): (i32, u8, u8),
        (hour, minute, second): (u8, u8, u8),
        micros: u32,
    ) -> Option<Self> {
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        // Only checked: what is in it is known.
        Time::from_hms_micro(hour, minute, second, micros).ok()?;
        let part = |value: u8, of: i64| i64::from(value).saturating_mul(of);
        let days = i64::from(date.to_julian_day()).saturating_sub(EPOCH_JULIAN_DAY);
        let parts = [part(hour, 3600), part(minute, 60), part(second, 1)];
        let seconds = parts.into_iter().fold(days.saturating_mul(86_400), i64::saturating_add);
        Some(Self::from_unix_micros(seconds.saturating_mul(MICROS).saturating_add(i64::from(micros))))
    }

    /// Database text with six fraction digits: `2026-11-25 12:00:00.000000`.
    #[must_use]
    pub fn to_database(self) -> String {
        let moment = self.to_offset();
        format!("{} {}.{:06}", self.date_text(), clock_text(moment), moment.microsecond())
    }

    /// RFC 3339 text in any zone.
    ///
    /// # Errors
    /// [`Code::InvalidTimestamp`] for any other text.
    pub fn from_rfc3339(text: &str) -> Result<Self> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self::from_offset)
            .map_err(|_| Error::new(Code::InvalidTimestamp, "an RFC 3339 time is such as 2026-11-25T12:00:00Z"))
    }

    /// RFC 3339 text in UTC; the fraction is left out when it is zero.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let moment = self.to_offset();
        let fraction = match moment.microsecond() {
            0 => String::new(),
            micros => format!(".{micros:06}"),
        };
        format!("{}T{}{fraction}Z", self.date_text(), clock_text(moment))
    }

    /// The UTC date as `YYYY-MM-DD`.
    #[must_use]
    pub fn date_text(self) -> String {
        let moment = self.to_offset();
        format!("{:04}-{:02}-{:02}", moment.year(), u8::from(moment.month()), moment.day())
    }

    /// The UTC date as `MM-dd-yyyy`, the form in the pre-image of `uni_ident` (mosip-keys §2.3).
    #[must_use]
    pub fn month_day_year(self) -> String {
        let moment = self.to_offset();
        format!("{:02}-{:02}-{:04}", u8::from(moment.month()), moment.day(), moment.year())
    }

    fn from_offset(moment: OffsetDateTime) -> Self {
        let nanos = moment.unix_timestamp_nanos();
        Self::from_unix_micros(i64::try_from(nanos.div_euclid(1000)).unwrap_or(LAST))
    }

    fn to_offset(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0).saturating_mul(1000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC)
    }
}

/// The number that decimal digits are; `None` when one of them is none. At most nine digits.
fn decimal<const N: usize>(digits: [u8; N]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, digit| {
        digit.is_ascii_digit().then(|| value.wrapping_mul(10).wrapping_add(u32::from(digit & 0xf)))
    })
}

fn clock_text(moment: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", moment.hour(), moment.minute(), moment.second())
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Where the library gets the time from; injected, never read from the system by the core.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The system's wall clock. The caller passes it in; nothing in the core makes one.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_offset(OffsetDateTime::now_utc())
    }
}

/// A clock that stands still at one instant.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_text_with_every_number_of_fraction_digits() {
        for (text, written) in [
            ("2026-11-25 08:09:10", "2026-11-25 08:09:10.000000"),
            ("2026-11-25 08:09:10.5", "2026-11-25 08:09:10.500000"),
            ("2026-11-25 08:09:10.000001", "2026-11-25 08:09:10.000001"),
            ("1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"),
            ("9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
        ] {
            assert_eq!(Timestamp::from_database(text).unwrap().to_database(), written);
        }
        for bad in [
            "",
            "2026-11-25",
            "2026-13-01 00:00:00",
            "2026-02-30 00:00:00",
            "2026-11-25 24:00:00",
            "2026-11-25 08:09:10.",
            "2026-11-25 08:09:10.1234567",
            "2026-11-25 08:09:10Z",
            "+026-11-25 08:09:10",
            "2026-11-25-1 08:09:10",
            "2026-11-25 08:09:10:1",
        ] {
            assert_eq!(Timestamp::from_database(bad).unwrap_err().code(), Code::InvalidTimestamp, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_and_the_long_way_read_the_same(
            micros in -62_135_596_800_000_000..=LAST,
            at in 0..26usize,
            with in proptest::prop_oneof!["[0-9]", "[-:.T +]", "[a-z]"],
        ) {
            let written = Timestamp::from_unix_micros(micros).to_database();
            let both = |text: &str| {
                let short = Timestamp::from_full_database_text(text.as_bytes().try_into().unwrap());
                let long = Timestamp::from_any_database_text(text);
                assert!(short.is_none() || short == long, "{text}");
                (short, long)
            };
            let time = Timestamp::from_unix_micros(micros);
            assert_eq!(both(&written), (Some(time), Some(time)));
            let mut changed = written;
            changed.replace_range(at..=at, &with);
            let (_, long) = both(&changed);
            assert_eq!(Timestamp::from_database(&changed).ok(), long);
        }
    }

    #[test]
    fn rfc3339_and_days() {
        let one = Timestamp::from_rfc3339("2026-11-25T23:59:59+05:30").unwrap();
        assert_eq!(one.to_rfc3339(), "2026-11-25T18:29:59Z");
        assert_eq!(one.month_day_year(), "11-25-2026");
        assert_eq!(one.plus_days(1095).plus_days(-1095), one);
        assert_eq!(one.days_until(one.plus_days(3).plus_seconds(-1)), 2);
        assert_eq!(one.days_until(one.plus_seconds(-1)), -1);
        assert_eq!(Timestamp::MAX.plus_days(i64::MAX), Timestamp::MAX);
    }
}
