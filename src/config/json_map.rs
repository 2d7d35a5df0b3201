//! A JSON object of texts, as a property of the Java service holds it (docs/configuration.md CFG-12).

use std::str::Chars;

/// The most members of an object.
const MAX_MEMBERS: usize = 64;

/// The members of a JSON object (RFC 8259) whose values are all texts, in their order; none for anything else. Of
/// members of one name the last one counts.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader { rest: text.trim_matches(is_blank).chars() };
    let mut members: Vec<(String, String)> = Vec::new();
    reader.take('{')?;
    if reader.take('}').is_none() {
        loop {
            let name = reader.text()?;
            reader.take(':')?;
            let value = reader.text()?;
            members.retain(|(known, _)| *known != name);
            members.push((name, value));
            if members.len() > MAX_MEMBERS {
                return None;
            }
            if reader.take(',').is_none() {
                reader.take('}')?;
                break;
            }
        }
    }
    reader.rest.as_str().is_empty().then_some(members)
}

struct Reader<'a> {
    rest: Chars<'a>,
}

impl Reader<'_> {
    /// Takes this mark, blanks before and after it aside; nothing is taken when another stands there.
    fn take(&mut self, mark: char) -> Option<()> {
        let rest = self.rest.as_str().trim_start_matches(is_blank).strip_prefix(mark)?;
        self.rest = rest.trim_start_matches(is_blank).chars();
        Some(())
    }

    fn text(&mut self) -> Option<String> {
        if self.rest.next() != Some('"') {
            return None;
        }
        let mut units: Vec<u16> = Vec::new();
        loop {
            let letter = match self.rest.next()? {
                '"' => return String::from_utf16(&units).ok(),
                '\\' => match self.rest.next()? {
                    same @ ('"' | '\\' | '/') => same,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        units.push(self.unit()?);
                        continue;
                    }
                    _ => return None,
                },
                control if control < ' ' => return None,
                other => other,
            };
            units.extend(letter.encode_utf16(&mut [0; 2]).iter());
        }
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u16> {
        let mut unit = 0u16;
        for _ in 0..4 {
            let digit = self.rest.next()?.to_digit(16)?;
            unit = (unit << 4) | u16::try_from(digit).ok()?;
        }
        Some(unit)
    }
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Option<Vec<(String, String)>> {
        parse(text)
    }

    fn two(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn objects_of_texts() {
        assert_eq!(pairs("{}"), Some(Vec::new()));
        assert_eq!(pairs(" { \"a\" : \"b\" ,\t\"c\":\"\" } "), Some(vec![two("a", "b"), two("c", "")]));
        assert_eq!(pairs(r#"{"\u0041\n":"\ud83d\ude00\/\"\\"}"#), Some(vec![two("A\n", "\u{1f600}/\"\\")]));
        assert_eq!(pairs(r#"{"a":"1","b":"2","a":"3"}"#), Some(vec![two("b", "2"), two("a", "3")]));
        for bad in [
            "",
            "x",
            "{",
            "}",
            "[]",
            "{\"a\"}",
            "{\"a\":1}",
            "{\"a\":null}",
            "{\"a\":\"b\",}",
            "{\"a\":\"b\"}}",
            "{,}",
            "{\"a\":\"b\" \"c\":\"d\"}",
            "{'a':'b'}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"b",
            "{\"a\":{\"b\":\"c\"}}",
            "{\"a\":\"\n\"}",
        ] {
            assert_eq!(pairs(bad), None, "{bad}");
        }
        let many = |count: usize| {
            let members: Vec<String> = (0..count).map(|at| format!("\"{at}\":\"\"")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(pairs(&many(64)).map(|members| members.len()), Some(64));
        assert_eq!(pairs(&many(65)), None);
    }

    fn oracle(text: &str) -> Option<Vec<(String, String)>> {
        let members: std::collections::BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        Some(members.into_iter().collect())
    }

    proptest::proptest! {
        #[test]
        fn it_reads_what_serde_reads(text in "[{}\":,a-c\\\\u0-9 ntd\u{e9}]{0,30}") {
            let mut members = pairs(&text);
            if let Some(members) = &mut members {
                members.sort();
            }
            proptest::prop_assert_eq!(members, oracle(&text));
        }

        #[test]
        fn it_reads_what_serde_writes(members in proptest::collection::btree_map("\\PC{0,9}", "(?s).{0,9}", 0..5)) {
            let text = serde_json::to_string(&members).unwrap();
            let mut found = pairs(&text).unwrap();
            found.sort();
            proptest::prop_assert_eq!(found, members.into_iter().collect::<Vec<_>>());
        }
    }
}
