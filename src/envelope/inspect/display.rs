//! A report as text for a person.

use std::fmt;

use super::report::Report;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.as_str())?;
        if let Some(layout) = self.layout {
            write!(f, ", layout {layout}")?;
        }
        writeln!(f, ", {} bytes", self.size)?;
        if let Some(thumbprint) = &self.thumbprint {
            writeln!(f, "thumbprint {thumbprint}")?;
        }
        if let Some(certificate) = &self.certificate {
            let matches = match certificate.matches {
                Some(true) => "is the recipient's",
                Some(false) => "is not the recipient's",
                None => "cannot be compared",
            };
            writeln!(
                f,
                "certificate {matches}: {}, until {}, {} days left",
                Clean(&certificate.subject),
                certificate.not_after,
                certificate.days_left
            )?;
        }
        if !self.fields.is_empty() {
            writeln!(f, "\n{:>10} {:>10}  field", "offset", "length")?;
        }
        for field in &self.fields {
            write!(f, "{:>10} {:>10}  {:<12}", field.offset, field.length, field.name)?;
            if let Some(value) = &field.value {
                write!(f, " {}", Clean(value))?;
            }
            writeln!(f, " ({})", Clean(&field.note))?;
        }
        for (title, names) in [("authenticated", &self.authenticated), ("not authenticated", &self.not_authenticated)] {
            if !names.is_empty() {
                writeln!(f, "\n{title}: {}", names.join(", "))?;
            }
        }
        if !self.findings.is_empty() {
            writeln!(f)?;
        }
        for finding in &self.findings {
            writeln!(f, "{:<7} {}: {}", finding.severity.as_str(), finding.code, Clean(&finding.text))?;
        }
        Ok(())
    }
}

/// Text from the input without control characters, which could command a terminal (INS-11).
struct Clean<'a>(&'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            // Also the marks that turn the direction of text around.
            if character.is_control()
                || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{CertificateCheck, Field, Kind, Report, Severity};

    #[test]
    fn a_report_without_parts_is_one_line() {
        let shown = Report::new(Kind::Unknown, 7).to_string();
        assert_eq!(shown.lines().count(), 1, "{shown}");
        assert!(shown.contains("unknown") && shown.contains('7'), "{shown}");
    }

    #[test]
    fn a_report_with_every_part_has_a_section_for_each() {
        let mut report = Report::new(Kind::Envelope, 300);
        report.thumbprint = Some("AB".repeat(32));
        report.fields = vec![
            Field {
                name: "version",
                offset: 0,
                length: 6,
                value: Some("VER_R2".to_owned()),
                note: "header".to_owned(),
            },
            Field { name: "tag", offset: 6, length: 16, value: None, note: "GCM tag".to_owned() },
        ];
        report.authenticated = vec!["tag"];
        report.not_authenticated = vec!["version"];
        report.certificate = Some(CertificateCheck {
            matches: Some(false),
            subject: "CN=test".to_owned(),
            not_after: "2030-01-01T00:00:00Z".to_owned(),
            days_left: 3,
        });
        report.find(Severity::Warning, "odd", "looks odd");
        let shown = report.to_string();
        let lines: Vec<&str> = shown.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                format!("thumbprint {}", "AB".repeat(32)).as_str(),
                "certificate is not the recipient's: CN=test, until 2030-01-01T00:00:00Z, 3 days left",
                "",
                "    offset     length  field",
                "         0          6  version      VER_R2 (header)",
                "         6         16  tag          (GCM tag)",
                "",
                "authenticated: tag",
                "",
                "not authenticated: version",
                "",
                "warning odd: looks odd",
            ]
        );
    }

    #[test]
    fn ins_11_what_commands_a_terminal_is_escaped_wherever_the_input_speaks() {
        let odd = "a\u{1b}[2Jb\u{7f}c\u{200e}d\u{202e}e\u{2066}f";
        let escaped = "a\\u{1b}[2Jb\\u{7f}c\\u{200e}d\\u{202e}e\\u{2066}f";
        let mut report = Report::new(Kind::Certificate, 1);
        report.fields =
            vec![Field { name: "x", offset: 0, length: 1, value: Some(format!("v{odd}")), note: format!("n{odd}") }];
        report.certificate = Some(CertificateCheck {
            matches: None,
            subject: format!("s{odd}"),
            not_after: "2030-01-01T00:00:00Z".to_owned(),
            days_left: -1,
        });
        report.find(Severity::Info, "x", format!("t{odd}"));
        let shown = report.to_string();
        for place in ["v", "n", "s", "t"] {
            assert!(shown.contains(&format!("{place}{escaped}")), "{place}: {shown:?}");
        }
        assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
    }
}
