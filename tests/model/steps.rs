//! What actors do: drawn from a seed, written down, and carried out later.

use crate::faulty::Fault;

pub const ACTORS: usize = 4;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The scopes of a sequence. With them go their reference ids in the wrong case, and applications without a policy.
pub const SCOPES: [(&str, &str); 33] = [
    ("ROOT", ""),
    ("REGISTRATION", "a"),
    ("REGISTRATION", ""),
    ("KERNEL", "SIGN"),
    ("REGISTRATION", "b"),
    ("PMS", ""),
    ("PMS", "p"),
    ("REGISTRATION", "CACHE"),
    ("KERNEL", "IDENTITY_CACHE"),
    ("A", ""),
    ("A_B", ""),
    ("A", "B_C"),
    ("A_B", "C"),
    ("KERNEL", ""),
    ("KERNEL", "x"),
    ("RESIDENT", ""),
    ("RESIDENT", "r"),
    ("LATE", ""),
    ("LATE", "l"),
    ("kernel", "SIGN"),
    ("BASE", " "),
    ("root", "r"),
    ("PARTNER", "p"),
    ("PARTNER", "q"),
    ("REGISTRATION", "o"),
    ("KERNEL", "EC_SECP256R1_SIGN"),
    ("REGISTRATION", "EC_SECP256K1_SIGN"),
    ("REGISTRATION", "ED25519_SIGN"),
    ("A", "ED25519_SIGN"),
    ("ROOT", "EC_SECP256R1_SIGN"),
    ("PARTNER", "EC_SECP256K1_SIGN"),
    ("KERNEL", "ED25519_SIGN"),
    ("BASE", "EC_SECP256R1_SIGN"),
];

/// Where envelopes can be made for, and the masters these scopes need.
const ENCRYPTED: [usize; 6] = [1, 1, 4, 6, 11, 12];
const MASTERS: [usize; 3] = [5, 9, 10];
/// Where certificates of other domains are kept.
const ELSEWHERE: [usize; 3] = [22, 23, 24];
/// Where signing keys on curves are, and where there are none.
const ELLIPTIC: [usize; 12] = [25, 25, 26, 26, 27, 27, 27, 28, 29, 30, 31, 32];
/// The applications whose pools are filled, as places among [`APPS`].
const POOLED: [usize; 7] = [1, 1, 1, 1, 4, 3, 6];

/// The applications whose policy is changed.
pub const APPS: [&str; 9] = ["ROOT", "REGISTRATION", "KERNEL", "PMS", "A", "BASE", "RESIDENT", "LATE", "PARTNER"];

#[derive(Debug, Clone)]
pub struct Step {
    pub actor: usize,
    pub verb: Verb,
    /// The call that fails, and how.
    pub fault: Option<(usize, Fault)>,
    /// Whether the process that takes the place of a dead one clears up first.
    pub recovers: bool,
}

/// The places a clock is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Begin,
    End,
    Due,
}

/// A certificate that comes from outside.
#[derive(Debug, Clone)]
pub enum Parcel {
    /// Made now, for the key that the scope has or for one that is nowhere here; valid from and to, from now, seconds.
    New {
        ours: bool,
        from: i64,
        to: i64,
    },
    /// One that the scope's key had before.
    Back(usize),
    /// One that was sent before, to whomever.
    Known(usize),
    Garbage,
    Empty,
}

/// A kind of key that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rsa,
    Aes,
    P256,
    Secp256k1,
    Ed25519,
}

impl Kind {
    /// The elliptic kind that a reference id stands for (HIE-100).
    pub fn of(reference: &str) -> Option<Self> {
        match reference {
            "EC_SECP256R1_SIGN" => Some(Self::P256),
            "EC_SECP256K1_SIGN" => Some(Self::Secp256k1),
            "ED25519_SIGN" => Some(Self::Ed25519),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub enum Verb {
    Initialise,
    Recover,
    GenerateAll,
    Generate {
        scope: usize,
        kind: Kind,
        force: bool,
    },
    /// A master or elliptic key as certificate or request.
    Object {
        scope: usize,
        elliptic: bool,
        csr: bool,
        force: bool,
    },
    FillPool {
        app: usize,
        count: usize,
    },
    Pools,
    Doctor {
        repair: bool,
    },
    Rotate(usize),
    Revoke(usize),
    Certificate(usize),
    Encrypt(usize),
    /// An envelope that was made, and the scope it is asked under; none is its own application.
    Decrypt {
        envelope: usize,
        scope: Option<usize>,
    },
    Upload {
        scope: usize,
        parcel: Parcel,
    },
    OtherDomain {
        scope: usize,
        parcel: Parcel,
    },
    Csr(usize),
    Chain(usize),
    /// Every certificate of a scope.
    Certificates(usize),
    /// The key whose thumbprint an envelope names.
    Find(usize),
    Keys,
    Policy {
        app: usize,
        validity: Option<i16>,
        pre_expire: Option<i16>,
        active: Option<bool>,
        access: Option<&'static str>,
    },
    /// Every clock goes on.
    Advance(i64),
    /// The actor's clock is this far from the others.
    Offset(i64),
    /// The actor's clock is set to a time.
    Set(&'static str),
    /// The actor's clock, or all, are set near an edge of a key.
    To {
        row: usize,
        edge: Edge,
        micros: i64,
        all: bool,
    },
    Restart,
}

/// A sequence.
#[derive(Debug, Clone)]
pub struct Plot {
    pub seed: u64,
    /// Clocks stay within the tolerance and go forward, and no pre-expiry changes: then no two keys are current.
    pub tame: bool,
    pub steps: Vec<Step>,
}

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn maybe<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        if self.one_in(2) { Some(self.of(list)) } else { None }
    }
}

impl Plot {
    pub fn of_seed(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ 0x6B65_796D);
        let tame = dice.one_in(3);
        let mut steps = Vec::new();
        let plain = |verb| Step { actor: 0, verb, fault: None, recovers: true };
        if !dice.one_in(8) {
            steps.push(plain(Verb::GenerateAll));
            for scope in MASTERS.into_iter().filter(|_| dice.one_in(2)) {
                steps.push(plain(Verb::Generate { scope, kind: Kind::Rsa, force: false }));
            }
        }
        // Few scopes, so that each has a history.
        let focus = [
            1,
            2,
            dice.below(8),
            dice.below(SCOPES.len()),
            dice.of(&ENCRYPTED),
            dice.of(&[0, 3, 7, 8]),
            dice.of(&ELSEWHERE),
            dice.of(&ELLIPTIC),
        ];
        for _ in 0..10 + dice.below(57) {
            let verb = verb(&mut dice, tame, &focus);
            let fault = match verb {
                // The calls around that which gives a master its certificate.
                Verb::Upload { .. } if dice.one_in(2) => Some((8 + dice.below(8), dice.of(&Fault::ALL))),
                _ if dice.one_in(3) => {
                    let calls = dice.of(&[8, 16, 40]);
                    Some((dice.below(calls), dice.of(&Fault::ALL)))
                }
                _ => None,
            };
            steps.push(Step { actor: dice.below(ACTORS), verb, fault, recovers: dice.one_in(2) });
        }
        Self { seed, tame, steps }
    }
}

fn verb(dice: &mut Dice, tame: bool, focus: &[usize; 8]) -> Verb {
    let scope = if dice.one_in(6) { dice.below(SCOPES.len()) } else { dice.of(focus) };
    match dice.below(71) {
        0 => Verb::GenerateAll,
        1 if dice.one_in(2) => Verb::Initialise,
        1 => Verb::Recover,
        2..=6 => Verb::Generate { scope, kind: kind(dice, scope), force: dice.one_in(2) },
        7..=10 => Verb::Rotate(scope),
        11..=13 => Verb::Revoke(scope),
        14..=18 => Verb::Certificate(scope),
        19..=23 => Verb::Encrypt(match dice.below(8) {
            0..=2 => scope,
            3 => focus[6],
            _ => dice.of(&ENCRYPTED),
        }),
        24..=26 => {
            let scope = dice.one_in(3).then_some(scope);
            Verb::Decrypt { envelope: dice.below(64), scope }
        }
        27 => Verb::Keys,
        28 | 29 => Verb::Policy {
            app: dice.below(APPS.len()),
            validity: dice.maybe(&[1, 2, 30, 365, 1095, 32767, 0, -5]),
            pre_expire: if tame { None } else { dice.maybe(&[0, 1, 10, 60, 400, -1]) },
            active: dice.maybe(&[true, true, false]),
            access: dice.maybe(&["NA", "NA", "", "alice, Bob"]),
        },
        30..=34 => Verb::Advance(dice.of(&[
            0,
            1,
            SECOND,
            30 * SECOND,
            300 * SECOND,
            DAY / 2,
            DAY,
            25 * DAY,
            365 * DAY,
            1000 * DAY,
        ])),
        35 | 36 if tame => Verb::Offset(dice.of(&[0, 1, -1, 150 * SECOND, -150 * SECOND])),
        35 | 36 => Verb::Offset(dice.of(&[
            0,
            1,
            -1,
            200 * SECOND,
            -200 * SECOND,
            301 * SECOND,
            DAY,
            -DAY,
            400 * DAY,
            -400 * DAY,
        ])),
        37 if !tame => Verb::Set(dice.of(&[
            "1970-01-01T00:00:00Z",
            "1970-01-02T03:04:05.678901Z",
            "1969-12-31T23:59:59Z",
            "9999-06-01T00:00:00Z",
            "9990-01-01T00:00:00.5Z",
            "9999-12-31T23:59:59.999999Z",
            "2026-12-31T23:59:59.999999Z",
            "2028-02-29T12:00:00Z",
            "2049-12-31T23:59:59Z",
        ])),
        38..=40 => {
            let edge = dice.of(&[Edge::Begin, Edge::End, Edge::Due, Edge::Due]);
            let micros = dice.of(&[0, 1, -1, SECOND, -300 * SECOND, -300 * SECOND - 1, 60 * SECOND]);
            Verb::To { row: dice.below(64), edge, micros, all: tame || dice.one_in(2) }
        }
        41 | 42 => Verb::Restart,
        43..=47 if dice.one_in(2) => {
            // Keys that are there more often than not: Root, and the first Module and Base key.
            Verb::Upload { scope: dice.of(&[0, 1, 1, 2, 2]), parcel: parcel(dice, tame, true) }
        }
        43..=47 => Verb::Upload { scope, parcel: parcel(dice, tame, true) },
        48..=51 => {
            let scope = if dice.one_in(3) { scope } else { focus[6] };
            Verb::OtherDomain { scope, parcel: parcel(dice, tame, false) }
        }
        52 => Verb::Csr(scope),
        53 => Verb::Chain(scope),
        54 => Verb::Certificates(scope),
        55..=57 => Verb::FillPool {
            app: if dice.one_in(8) { dice.below(APPS.len()) } else { dice.of(&POOLED) },
            count: dice.below(4),
        },
        58 => Verb::Pools,
        59 | 60 => Verb::Doctor { repair: !dice.one_in(4) },
        61 => Verb::Object { scope, elliptic: false, csr: dice.one_in(2), force: dice.one_in(3) },
        62 => Verb::Object { scope: focus[7], elliptic: true, csr: dice.one_in(2), force: dice.one_in(3) },
        63 | 64 => Verb::Generate { scope: focus[7], kind: kind(dice, focus[7]), force: dice.one_in(2) },
        65 => Verb::Rotate(focus[7]),
        66 => Verb::Certificate(dice.of(&ELLIPTIC)),
        67 => Verb::Encrypt(if dice.one_in(2) { focus[6] } else { dice.of(&ENCRYPTED) }),
        68 => Verb::Decrypt { envelope: dice.below(64), scope: None },
        _ => Verb::Find(dice.below(64)),
    }
}

fn kind(dice: &mut Dice, scope: usize) -> Kind {
    let usual = Kind::of(SCOPES[scope].1).filter(|_| !dice.one_in(6));
    usual.unwrap_or_else(|| match dice.below(20) {
        0..=3 => Kind::Aes,
        4 => dice.of(&[Kind::P256, Kind::Secp256k1, Kind::Ed25519]),
        _ => Kind::Rsa,
    })
}

/// A key whose certificate begins later is current beside its successor some day; on tame clocks that must not be.
fn parcel(dice: &mut Dice, tame: bool, for_own_key: bool) -> Parcel {
    const DAY: i64 = 86_400;
    let (from, to) = match dice.below(if tame { 6 } else { 9 }) {
        0..=2 => (-DAY, 700 * DAY),
        3 => (0, 365 * DAY),
        4 => (-30 * DAY, -DAY),
        5 => (-DAY, dice.of(&[1, DAY, 61 * DAY])),
        6 => (100, 365 * DAY),
        7 => (301, 200 * DAY),
        _ => (20 * DAY, 400 * DAY),
    };
    match dice.below(12) {
        0 => Parcel::Garbage,
        1 if dice.one_in(4) => Parcel::Empty,
        1 | 2 => Parcel::New { ours: !for_own_key, from, to },
        3..=5 if for_own_key => Parcel::Back(dice.below(8)),
        3..=6 if !for_own_key => Parcel::Known(dice.below(8)),
        _ => Parcel::New { ours: for_own_key, from, to },
    }
}
