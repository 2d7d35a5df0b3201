//! What the processes at work do, and what each may answer.

use keymanager::certificate::Certificate;
use keymanager::id::{Alias, KeyScope};
use serde_json::Value;

use crate::books::Books;
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::outside;
use crate::world::World;

#[derive(Debug, Clone, Copy)]
enum Work {
    /// These arguments.
    Keys(&'static [&'static str]),
    /// A certificate from outside for the key of the scope.
    Upload(&'static str, &'static str),
    /// A certificate of another domain.
    OtherDomain,
}

/// Each with how often it stands among all.
const WORK: &[(Work, u64)] = &[
    (Work::Keys(&["generate", "--app", "REGISTRATION", "--force"]), 2),
    (Work::Keys(&["generate", "--app", "KERNEL", "--ref", "SIGN"]), 1),
    (Work::Keys(&["generate", "--app", "KERNEL", "--ref", "TOKENS", "--kind", "aes", "--force"]), 2),
    (Work::Keys(&["generate", "--app", "REGISTRATION", "--ref", "A", "--force"]), 2),
    (Work::Keys(&["rotate", "--app", "ROOT"]), 1),
    (Work::Keys(&["rotate", "--app", "REGISTRATION"]), 3),
    (Work::Keys(&["rotate", "--app", "REGISTRATION", "--ref", "A"]), 3),
    (Work::Keys(&["revoke", "--app", "REGISTRATION"]), 1),
    (Work::Keys(&["revoke", "--app", "REGISTRATION", "--ref", "A"]), 2),
    (Work::Keys(&["certificate", "--app", "REGISTRATION", "--ref", "A"]), 2),
    (Work::Keys(&["certificate", "--app", "REGISTRATION", "--ref", "B"]), 1),
    (Work::Upload("ROOT", ""), 2),
    (Work::Upload("KERNEL", "SIGN"), 1),
    (Work::Upload("REGISTRATION", ""), 5),
    (Work::Upload("REGISTRATION", "A"), 4),
    (Work::OtherDomain, 3),
];

/// A certificate that a process is to send in.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// The key that it is made for; none for those of other domains, and where there is no key.
    pub(crate) alias: Option<Alias>,
    pub(crate) certificate: Certificate,
}

/// What one process does.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) arguments: Vec<String>,
    pub(crate) sent: Option<Sent>,
}

impl Task {
    pub(crate) fn verb(&self) -> &str {
        &self.arguments[0]
    }

    /// Any of the work, on the keys as they are in the books; `number` is that of no other task in this folder.
    pub(crate) fn any(world: &World, (books, ledger): (&Books, &Ledger), number: usize, dice: &mut Dice) -> Self {
        let list: Vec<Work> = WORK.iter().flat_map(|(work, times)| (0..*times).map(|_| *work)).collect();
        let (verb, app, reference, sent) = match dice.of(&list) {
            Work::Keys(arguments) => return Self { arguments: owned(arguments), sent: None },
            Work::Upload(app, reference) => {
                let scope = KeyScope::new(app, reference).unwrap();
                ("upload-certificate", app, reference, own(world, (books, ledger), &scope, dice))
            }
            Work::OtherDomain => ("upload-other-domain", "REGISTRATION", "PARTNER", partner(world, books, dice)),
        };
        let name = format!("sent-{number}.pem");
        world.sandbox.write(&name, sent.certificate.to_pem().as_bytes());
        let arguments = owned(&[verb, "--app", app, "--ref", reference, &name]);
        Self { arguments, sent: Some(sent) }
    }

    /// Whether it may be refused like this: others of the crowd can have ended, replaced or sent in the same.
    pub(crate) fn may_answer(&self, error: &Value) -> bool {
        let may: &[&str] = match self.verb() {
            "rotate" | "revoke" => &["no_unique_key"],
            "upload-certificate" => &["no_unique_key", "certificate_of_other_key"],
            "upload-other-domain" => &["certificate_exists"],
            _ => &[],
        };
        may.iter().any(|name| error["name"] == *name)
    }
}

/// A certificate for the newest key of a scope: a new one, or one that it has or had.
fn own(world: &World, (books, ledger): (&Books, &Ledger), scope: &KeyScope, dice: &mut Dice) -> Sent {
    let Some(key) = books.of(scope).into_iter().max_by_key(|key| (key.alias.expires, key.alias.generated)) else {
        return Sent { alias: None, certificate: outside::certify_partner(&outside::partners()[0], world.now) };
    };
    let alias = key.alias.alias.clone();
    let had = ledger.certificates_of(&alias);
    let certificate = if dice.one_in(5) { dice.of(&had).clone() } else { outside::certify_again(had[0], world.now) };
    Sent { alias: Some(alias), certificate }
}

/// A new certificate of a partner, or one that was there before.
fn partner(world: &World, books: &Books, dice: &mut Dice) -> Sent {
    let before: Vec<&Alias> =
        books.of(&KeyScope::new("REGISTRATION", "PARTNER").unwrap()).into_iter().map(|key| &key.alias.alias).collect();
    let certificate = if !before.is_empty() && dice.one_in(3) {
        books.certificate_of(dice.of(&before)).unwrap()
    } else {
        outside::certify_partner(dice.of(&outside::partners().iter().collect::<Vec<_>>()), world.now)
    };
    Sent { alias: None, certificate }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|&argument| argument.to_owned()).collect()
}
