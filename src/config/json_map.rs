//! A JSON object of texts, as a property of the Java service holds it (docs/configuration.md CFG-12).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

/// The most members of an object.
const MAX_MEMBERS: usize = 64;

/// The members of a JSON object (RFC 8259) whose values are all texts, in their order; none for anything else. Of
/// members of one name the last one counts.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    serde_json::from_str(text).ok().map(|Members(members)| members)
}

struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            members.retain(|(known, _)| *known != name);
            members.push((name, value));
            if members.len() > MAX_MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
        }
        Ok(Members(members))
    }
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
