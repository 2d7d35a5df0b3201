//! The picture: a lane for each scope, a bar for each key (SIM-15). Lengths are in tenths of a pixel.

use std::fmt::Write as _;

use super::report::{Action, DayRange, KeySpan, Report, ScopeReport};
use crate::hierarchy::info::KeyLevel;
use crate::time::Timestamp;

/// The size of the whole, and of its parts.
const WIDTH: i64 = 12_000;
const LEFT: i64 = 2_700;
const RIGHT: i64 = 11_800;
const TOP: i64 = 1_180;
const LANE: i64 = 360;
const BAR: i64 = 110;
const FOOT: i64 = 900;
/// The longest name of a scope shown, in characters; the rest is in the tooltip.
const NAME: usize = 34;

const INK: &str = "#1f2733";
const FAINT: &str = "#5d6878";
const GRID: &str = "#d9dee6";
const GAP: &str = "#d3202c";
const OVERLAP: &str = "#e8860c";
/// The opacity of a bar in its pre-expiry.
const PALE: &str = "0.35";

pub(super) fn draw(report: &Report) -> String {
    let mut picture = Picture { report, text: String::new() };
    picture.head();
    picture.grid();
    for (number, scope) in (0i64..).zip(&report.scopes) {
        picture.lane(TOP.saturating_add(number.saturating_mul(LANE)), number, scope);
    }
    picture.legend();
    picture.text.push_str("</svg>\n");
    picture.text
}

struct Picture<'a> {
    report: &'a Report,
    text: String,
}

impl Picture<'_> {
    fn head(&mut self) {
        let report = self.report;
        let years = report.days.saturating_mul(4).saturating_add(3).div_euclid(1461);
        let (width, height) = (px(WIDTH), px(self.bottom().saturating_add(FOOT)));
        let last = report.date_of(report.days.saturating_sub(1));
        let rules: Vec<_> = report.upstream.iter().map(|rule| rule.as_str()).collect();
        let rules =
            if rules.is_empty() { "this key manager".to_owned() } else { format!("upstream: {}", rules.join(", ")) };
        let keys = report.scopes.iter().map(|scope| scope.keys.len()).fold(0, usize::saturating_add);
        let total = |ranges: &[DayRange]| ranges.iter().map(DayRange::days).fold(0, u32::saturating_add);
        let (gaps, overlaps) = (total(&report.gaps), total(&report.overlaps));
        let outliving = report.outliving.len();
        self.line(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="12" fill="{INK}">"#
        ));
        self.line(format_args!("<title>Key policy over {years} years</title>"));
        self.line(format_args!(r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##));
        self.line(format_args!(
            r#"<text x="20" y="34" font-size="20" font-weight="bold">Key policy over {years} years</text>"#
        ));
        let start = report.start;
        self.line(format_args!(
            r#"<text x="20" y="56" fill="{FAINT}">{} to {} · begins {start} · rules: {}</text>"#,
            report.date_of(0),
            last,
            escape(&rules)
        ));
        let colour = if gaps > 0 { GAP } else { INK };
        self.line(format_args!(
            r#"<text x="20" y="78">{keys} keys · <tspan fill="{colour}" font-weight="bold">{gaps} scope-days without a key that was asked for</tspan> · {overlaps} with two current keys · {outliving} certificates outlive their issuer's</text>"#
        ));
    }

    fn grid(&mut self) {
        let years = self.report.days.saturating_mul(4).saturating_add(3).div_euclid(1461);
        let step = match years {
            0..=15 => 1,
            16..=30 => 2,
            31..=60 => 5,
            _ => 10,
        };
        let bottom = self.bottom();
        let mut year = 0u32;
        while year <= years {
            let day = i64::from(year).saturating_mul(1461).div_euclid(4);
            let at = self.report.midnight.plus_days(day);
            let x = px(self.x(at));
            self.line(format_args!(
                r#"<line x1="{x}" y1="{}" x2="{x}" y2="{}" stroke="{GRID}"/>"#,
                px(TOP.saturating_sub(60)),
                px(bottom)
            ));
            let label: String = at.date_text().chars().take(4).collect();
            self.line(format_args!(
                r#"<text x="{x}" y="{}" text-anchor="middle" font-size="11" fill="{FAINT}">{label}</text>"#,
                px(TOP.saturating_sub(100))
            ));
            year = year.saturating_add(step);
        }
    }

    fn lane(&mut self, y: i64, number: i64, scope: &ScopeReport) {
        let report = self.report;
        if number % 2 == 0 {
            self.line(format_args!(
                r##"<rect x="0" y="{}" width="{}" height="{}" fill="#5d7290" fill-opacity="0.07"/>"##,
                px(y),
                px(WIDTH),
                px(LANE)
            ));
        }
        let name = scope.scope.to_string();
        let mut short: String = name.chars().take(NAME).collect();
        if short.len() < name.len() {
            short.push('…');
        }
        self.line(format_args!(
            r#"<text x="20" y="{}" font-size="11" font-weight="bold"><title>{}</title>{}</text>"#,
            px(y.saturating_add(150)),
            escape(&name),
            escape(&short)
        ));
        let gaps = Report::days_of(&report.gaps, &scope.scope);
        let gaps =
            if gaps > 0 { format!(r#" · <tspan fill="{GAP}">{gaps} days without</tspan>"#) } else { String::new() };
        let count = scope.keys.len();
        let plural = if count == 1 { "" } else { "s" };
        self.line(format_args!(
            r#"<text x="20" y="{}" font-size="10" fill="{FAINT}">{} · {count} key{plural}{gaps}</text>"#,
            px(y.saturating_add(285)),
            level_name(scope.level),
        ));
        for (place, key) in (0i64..).zip(&scope.keys) {
            // Two rows of bars, so that a key and its successor are seen side by side.
            let row = if place % 2 == 0 { 55 } else { 195 };
            self.bar(y.saturating_add(row), scope, place, key);
        }
        let ranges = |ranges: &[DayRange]| -> Vec<DayRange> {
            ranges.iter().filter(|range| range.scope == scope.scope).cloned().collect()
        };
        for range in ranges(&report.overlaps) {
            self.days(y.saturating_add(LANE.saturating_sub(40)), 40, &range, OVERLAP, "two current keys");
        }
        for range in ranges(&report.gaps) {
            self.days(y.saturating_add(20), LANE.saturating_sub(40), &range, GAP, "no key");
        }
    }

    fn bar(&mut self, y: i64, scope: &ScopeReport, place: i64, key: &KeySpan) {
        let colour = level_colour(scope.level);
        let end = key.expires.min(key.certificate_ends).max(key.begins);
        let due = key.due.clamp(key.begins, end);
        let (x, x_due, x_end) = (self.x(key.begins), self.x(due), self.x(end));
        let what = match (key.origin, key.ended_early()) {
            (origin, false) => origin.as_str().to_owned(),
            (origin, true) => format!("{}, ended early", origin.as_str()),
        };
        let title = format!(
            "{} key {}: {} {}, due {}, ends {}",
            scope.scope,
            place.saturating_add(1),
            what,
            key.begins.date_text(),
            key.due.date_text(),
            end.date_text()
        );
        self.line(format_args!("<g fill=\"{colour}\"><title>{}</title>", escape(&title)));
        let (top, height) = (px(y), px(BAR));
        let bar = |from: i64, to: i64, more: &str| {
            let width = px(to.saturating_sub(from).max(10));
            format!(r#"<rect x="{}" y="{top}" width="{width}" height="{height}"{more}/>"#, px(from))
        };
        let mut bars = String::new();
        // Two tenths less, so that bars that follow each other are told apart.
        if due > key.begins {
            bars.push_str(&bar(x, x_due.saturating_sub(2), ""));
        }
        if x_end > x_due {
            bars.push_str(&bar(x_due, x_end, &format!(r#" fill-opacity="{PALE}""#)));
        }
        self.line(format_args!("{bars}"));
        if key.ended_early() && x_end < RIGHT {
            self.line(format_args!(
                r#"<rect x="{}" y="{}" width="2" height="{}" fill="{INK}"/>"#,
                px(x_end.saturating_sub(10)),
                px(y.saturating_sub(20)),
                px(BAR.saturating_add(40))
            ));
        }
        self.line(format_args!("</g>"));
    }

    fn days(&mut self, y: i64, height: i64, range: &DayRange, colour: &str, what: &str) {
        let of = |day: u32| self.x(self.report.midnight.plus_days(i64::from(day)));
        let (from, to) = (of(range.first_day), of(range.last_day.saturating_add(1)));
        let (first, last) = (self.report.date_of(range.first_day), self.report.date_of(range.last_day));
        let reason = range.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let title = format!("{what} from {first} to {last}: {} days{reason}", range.days());
        self.line(format_args!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{colour}" fill-opacity="0.85"><title>{}</title></rect>"#,
            px(from),
            px(y),
            px(to.saturating_sub(from).max(20)),
            px(height),
            escape(&title)
        ));
    }

    fn legend(&mut self) {
        let y = self.bottom().saturating_add(350);
        let mut x = 200i64;
        let mut item = |picture: &mut Self, swatch: String, text: &str, width: i64| {
            picture.line(format_args!("{swatch}"));
            picture.line(format_args!(
                r#"<text x="{}" y="{}" font-size="11">{text}</text>"#,
                px(x.saturating_add(300)),
                px(y.saturating_add(100))
            ));
            x = x.saturating_add(width);
            x
        };
        let swatch = |x: i64, fill: &str, opacity: &str| {
            format!(
                r#"<rect x="{}" y="{}" width="24" height="11" fill="{fill}" fill-opacity="{opacity}"/>"#,
                px(x),
                px(y)
            )
        };
        let mut at = 200i64;
        for level in [KeyLevel::Root, KeyLevel::Module, KeyLevel::Sign, KeyLevel::Base, KeyLevel::Symmetric] {
            at = item(self, swatch(at, level_colour(level), "1"), level_name(level), 1050);
        }
        let pale = swatch(at, level_colour(KeyLevel::Module), PALE);
        at = item(self, pale, "in its pre-expiry", 1500);
        let cut = format!(
            r#"<rect x="{}" y="{}" width="2" height="15" fill="{INK}"/>"#,
            px(at.saturating_add(110)),
            px(y.saturating_sub(20))
        );
        at = item(self, cut, "rotated or revoked", 1650);
        at = item(self, swatch(at, GAP, "0.85"), "asked for, and no key", 1700);
        item(self, swatch(at, OVERLAP, "0.85"), "two current", 1000);
        let (rotated, revoked) =
            self.report.events.iter().fold((0u32, 0u32), |(rotated, revoked), event| match event.action {
                Action::Rotated => (rotated.saturating_add(1), revoked),
                Action::Revoked => (rotated, revoked.saturating_add(1)),
                _ => (rotated, revoked),
            });
        self.line(format_args!(
            r#"<text x="20" y="{}" font-size="11" fill="{FAINT}">A bar is a key, from its begin to the end of its certificate; expired keys still decrypt. {rotated} rotated, {revoked} revoked.</text>"#,
            px(y.saturating_add(330))
        ));
    }

    fn bottom(&self) -> i64 {
        let lanes = i64::try_from(self.report.scopes.len()).unwrap_or(i64::MAX);
        TOP.saturating_add(lanes.saturating_mul(LANE))
    }

    /// Where a time is, kept within the lane.
    fn x(&self, at: Timestamp) -> i64 {
        let since = |time: Timestamp| i128::from(time.unix_micros().saturating_sub(self.report.midnight.unix_micros()));
        let all = since(self.report.midnight.plus_days(i64::from(self.report.days)));
        let scaled = since(at).saturating_mul(i128::from(RIGHT.saturating_sub(LEFT))).checked_div(all).unwrap_or(0);
        LEFT.saturating_add(i64::try_from(scaled).unwrap_or(i64::MAX)).clamp(LEFT, RIGHT)
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{text}");
    }
}

/// Tenths of a pixel as pixels.
fn px(tenths: i64) -> String {
    let (whole, rest) = (tenths.div_euclid(10), tenths.rem_euclid(10));
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest}") }
}

const fn level_name(level: KeyLevel) -> &'static str {
    match level {
        KeyLevel::Root => "Root",
        KeyLevel::Module => "Module",
        KeyLevel::Sign => "Sign",
        KeyLevel::Base => "Base",
        KeyLevel::Symmetric => "Symmetric",
        KeyLevel::OtherDomain => "Other domain",
    }
}

const fn level_colour(level: KeyLevel) -> &'static str {
    match level {
        KeyLevel::Root => "#5b3fa8",
        KeyLevel::Module => "#2567b0",
        KeyLevel::Sign => "#0d7f86",
        KeyLevel::Base => "#3f8a45",
        KeyLevel::Symmetric => "#8c6a14",
        KeyLevel::OtherDomain => "#5d6878",
    }
}

/// Text for an XML document: markup is escaped, and what XML cannot hold, or what turns text around, is replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() || turns => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
