//! Application ids, reference ids and policy values that nobody expects, through every verb, in memory and in SQLite.

use std::sync::Arc;

use keymanager::access::Verb;
use keymanager::audit::{AuditFailure, Outcome};
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Category, Code};
use keymanager::id::{AppId, KeyScope, RefId};
use keymanager::manager::{KeyFilter, PolicyChange};
use keymanager::master::KeyKind;
use keymanager::store::KeyStore;
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;

use super::support::{request, scope};
use super::verbs::{PLAINTEXT, Watched, call};

/// Texts that a column holds: quotes and ends of SQL and shell, patterns, paths, other scripts, marks and controls.
const HELD: [&str; 22] = [
    "'",
    "'; DROP TABLE key_alias; --",
    "\" OR \"\"=\"",
    "%",
    "_______________",
    "*?[a-z]",
    "\\",
    "\\0",
    "$(reboot)`id`",
    "${HOME};&&|>x",
    "../../etc/passwd",
    "a/b",
    "a,b+c=d",
    "#KEY_SPLITTER#",
    "\u{6f22}\u{5b57}\u{1f511}",
    "\u{e9} e\u{301}",
    "\u{202e}gnp.exe",
    "NULL",
    "line\nbreak\r\tand\u{1b}[2J",
    "\u{7f}\u{85}",
    " padded ",
    "\u{feff}mark",
];

fn worlds() -> Vec<(&'static str, Watched, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(&folder.path().join("keymanager.db")).unwrap());
    vec![
        ("memory", Watched::over(Arc::new(MemoryStore::new()), AuditFailure::Stop), None),
        ("sqlite", Watched::over(sqlite, AuditFailure::Stop), Some(folder)),
    ]
}

fn filter(scope: &KeyScope) -> KeyFilter {
    KeyFilter { app: Some(scope.app.clone()), reference: Some(scope.reference.clone()), all: true }
}

/// Every verb about `scope`: none answers with a failure of the store, of the master backend or of the library, and
/// each tells the sink what it was about.
fn every_verb(world: &Watched, scope: &KeyScope, context: &str) {
    let envelope = world.envelope(&super::support::scope("REGISTRATION", "ordinary"));
    for verb in Verb::ALL {
        let outcome = call(&world.manager, *verb, scope, &envelope).map_or_else(
            |error| {
                let category = error.code().category();
                assert!(!matches!(category, Category::Backend | Category::Bug), "{context}: {verb}: {error:?}");
                Outcome::Failed(error.code())
            },
            |()| Outcome::Done,
        );
        let events = world.events();
        assert_eq!(events.last().unwrap().outcome, outcome, "{context}: {verb}");
    }
}

#[test]
fn odd_reference_ids_are_kept_as_they_are() {
    for (store, world, _folder) in worlds() {
        let ordinary = scope("REGISTRATION", "ordinary");
        let before = world.plain.certificate(&ordinary).unwrap().key;
        for (number, text) in HELD.iter().enumerate() {
            let odd = scope("REGISTRATION", text);
            let context = format!("{store}: {text:?}");
            match world.plain.encrypt(&odd, &SealOptions::default(), PLAINTEXT) {
                Ok(sealed) => {
                    assert_eq!(sealed.key.scope, odd, "{context}");
                    let opened = world.plain.decrypt(&odd, &OpenOptions::default(), &sealed.envelope).unwrap();
                    assert_eq!((opened.plaintext.as_slice(), &opened.key.scope), (PLAINTEXT, &odd), "{context}");
                    let listed = world.plain.keys(&filter(&odd)).unwrap();
                    assert_eq!(listed.len(), 1, "{context}: {listed:?}");
                    assert_eq!(listed[0].scope, odd);
                }
                // The name goes into the subject of the certificate, which holds no control characters.
                Err(error) => {
                    assert!(text.chars().any(char::is_control), "{context}: {error:?}");
                    assert_eq!(error.code(), Code::InvalidArgument, "{context}");
                    assert!(world.plain.keys(&filter(&odd)).unwrap().is_empty(), "{context}");
                }
            }
            // All verbs take long; each text meets them in one of the stores.
            if (number % 2 == 0) == (store == "memory") {
                every_verb(&world, &odd, &context);
            }
        }
        assert_eq!(world.plain.certificate(&ordinary).unwrap().key.alias, before.alias);
    }
}

#[test]
fn odd_application_ids_have_no_policy_and_may_get_one() {
    for (store, world, _folder) in worlds() {
        for text in HELD {
            let app = AppId::new(text).unwrap();
            let context = format!("{store}: {text:?}");
            assert_eq!(world.plain.policy(&app).unwrap_err().code(), Code::ApplicationNotFound, "{context}");
            for reference in ["", "a"] {
                let error = world.plain.certificate(&scope(text, reference)).unwrap_err();
                assert_eq!(error.code(), Code::ApplicationNotFound, "{context}");
            }
        }
        let mut policies = world.plain.policies().unwrap().len();
        for text in ["'; DROP TABLE key_policy_def; --", "\u{6f22}\u{5b57}", " ", "%"] {
            let context = format!("{store}: {text:?}");
            world.plain.set_policy(&PolicyChange::new(AppId::new(text).unwrap())).unwrap();
            policies += 1;
            assert_eq!(world.plain.policies().unwrap().len(), policies, "{context}");
            world.plain.generate(&request(&scope(text, ""), KeyKind::Rsa2048, false)).unwrap();
            let sealed = world.plain.encrypt(&scope(text, "a"), &SealOptions::default(), PLAINTEXT).unwrap();
            let opened = world.plain.decrypt(&scope(text, ""), &OpenOptions::default(), &sealed.envelope).unwrap();
            assert_eq!(opened.key.scope, scope(text, "a"), "{context}");
            every_verb(&world, &scope(text, "a"), &context);
        }
    }
}

#[test]
fn ids_that_no_column_holds_are_refused_before_any_verb() {
    for text in ["", &"x".repeat(37), &"\u{1f511}".repeat(37), "a\0b", "\0"] {
        assert_eq!(AppId::new(text).unwrap_err().code(), Code::InvalidArgument, "{text:?}");
    }
    for text in [&"x".repeat(129), &"\u{6f22}".repeat(129), "a\0b"] {
        assert_eq!(RefId::new(text.to_owned()).unwrap_err().code(), Code::InvalidArgument, "{text:?}");
    }
}

#[test]
fn the_longest_ids_and_blank_ones_pass_every_verb() {
    let longest = ["\u{1f511}".repeat(128), "x".repeat(128)];
    for (store, world, _folder) in worlds() {
        for reference in longest.iter().map(String::as_str).chain(["", " ", "\t \n", "\u{3000}", "\u{a0}"]) {
            every_verb(&world, &scope("REGISTRATION", reference), &format!("{store}: {reference:?}"));
        }
        let app = "\u{6f22}".repeat(36);
        every_verb(&world, &scope(&app, "a"), &format!("{store}: the longest application id"));
    }
}

#[test]
fn names_of_keys_are_not_trusted_either() {
    for (store, world, _folder) in worlds() {
        for text in HELD.into_iter().chain(["", "\0", &"f".repeat(63), &"f".repeat(64), &"x".repeat(1 << 20)]) {
            let code = world.manager.key(text).unwrap_err().code();
            let known = [Code::AliasNotFound, Code::ThumbprintNotFound, Code::InvalidArgument];
            assert!(known.contains(&code), "{store}: {text:.40}: {code:?}");
            for event in world.events() {
                assert!(format!("{event:?}").len() < 2000, "{store}: a long name in an event");
            }
        }
    }
}

#[test]
fn callers_are_compared_whatever_they_are_called() {
    let world = Watched::new(AuditFailure::Stop);
    let centre = scope("REGISTRATION", "a");
    let envelope = world.envelope(&centre);
    let mut change = PolicyChange::new(centre.app.clone());
    change.access_allowed = Some(" alice , B\u{d6}B,,'; --".to_owned());
    world.plain.set_policy(&change).unwrap();
    let opens = |caller: &str| {
        world.plain.for_caller(caller).decrypt(&centre, &OpenOptions::default(), &envelope).map(|_| ()).is_ok()
    };
    for caller in ["alice", " ALICE", "b\u{f6}b", "'; --"] {
        assert!(opens(caller), "{caller:?}");
    }
    for caller in ["", " ", ",", "alice,B\u{d6}B", "NA", "alic", "alice\0", "*", "%"] {
        assert!(!opens(caller), "{caller:?}");
    }
}

#[test]
fn policy_values_at_their_ends() {
    for (store, world, _folder) in worlds() {
        let app = AppId::new("REGISTRATION").unwrap();
        let set = |validity: Option<i16>, pre_expire: Option<i16>| {
            let mut change = PolicyChange::new(app.clone());
            change.validity_days = validity;
            change.pre_expire_days = pre_expire;
            world.plain.set_policy(&change)
        };
        let before = world.plain.policy(&app).unwrap();
        for (validity, pre_expire) in
            [(0, 0), (-1, 0), (i16::MIN, 0), (10, -1), (10, 10), (10, 11), (1, i16::MAX), (0, -1), (i16::MIN, i16::MIN)]
        {
            let error = set(Some(validity), Some(pre_expire)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{store}: {validity} {pre_expire}");
            assert_eq!(world.plain.policy(&app).unwrap(), before);
        }
        // A new validity is held against the pre-expiry that is there.
        assert_eq!(set(Some(60), None).unwrap_err().code(), Code::InvalidArgument);
        // The column has no more; nothing beyond it can be said.
        assert!(i16::try_from(32_768).is_err());
        set(Some(32_767), Some(32_766)).unwrap();
        let kept = world.plain.policy(&app).unwrap();
        assert_eq!((kept.validity_days, kept.pre_expire_days), (Some(32_767), Some(32_766)), "{store}");
        // 32767 days after 2026-11-25.
        let made = world.plain.certificate(&scope("REGISTRATION", "a")).unwrap();
        assert_eq!(made.certificate.not_after().to_rfc3339(), "2116-08-12T10:00:00Z", "{store}");
        let access = |text: String| {
            let mut change = PolicyChange::new(app.clone());
            change.access_allowed = Some(text);
            world.plain.set_policy(&change).map(|_| ())
        };
        assert_eq!(access("\u{e9}".repeat(1025)).unwrap_err().code(), Code::InvalidArgument);
        access("\u{e9}".repeat(1024)).unwrap();
    }
}

#[test]
fn policies_that_cannot_be_are_refused_at_the_start_too() {
    for (store, world, _folder) in worlds() {
        for (validity, pre_expire) in [(Some(0), Some(0)), (Some(-1), Some(0)), (Some(10), Some(10)), (None, Some(1))] {
            let mut row = world.plain.policy(&AppId::new("REGISTRATION").unwrap()).unwrap();
            row.app = AppId::new("ODD").unwrap();
            row.validity_days = validity;
            row.pre_expire_days = pre_expire;
            let error = world.plain.initialise(&[row]).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{store}: {validity:?} {pre_expire:?}");
            assert_eq!(world.plain.policy(&AppId::new("ODD").unwrap()).unwrap_err().code(), Code::ApplicationNotFound);
        }
    }
}
