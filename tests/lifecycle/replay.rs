//! Every step of every group: what the service answered beside what we answer.

use std::collections::{BTreeMap, BTreeSet};

use keymanager::time::Timestamp;
use serde_json::Value;

use super::calls::{Envelopes, Ours, call};
use super::differences::{DIFFERENCES, GROUPS, NOT_COVERED};
use super::support::base64;
use super::world::{Replayed, file};

/// What became of one step.
enum Verdict {
    Matched,
    Differs { theirs: String, ours: String },
    NotCovered(&'static str),
}

#[test]
fn the_answers_of_the_service_are_ours_but_for_the_listed_differences() {
    let mut matched = 0;
    let mut not_covered: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for group in GROUPS {
        for (case, verdict) in replay(group) {
            match verdict {
                Verdict::Matched => matched += 1,
                Verdict::NotCovered(why) => *not_covered.entry(why).or_default() += 1,
                Verdict::Differs { theirs, ours } => {
                    let step = format!("{group}/{case}");
                    assert!(found.insert(step.clone(), (theirs, ours)).is_none(), "{step} twice");
                }
            }
        }
    }
    println!("matched {matched}, differing {}, not covered {not_covered:?}", found.len());
    let mut faults = Vec::new();
    let mut listed = BTreeSet::new();
    for (step, theirs, ours, _) in DIFFERENCES
        .iter()
        .flat_map(|(reason, steps)| steps.iter().map(move |(step, theirs, ours)| (*step, *theirs, *ours, *reason)))
    {
        assert!(listed.insert(step), "{step} is listed twice");
        match found.get(step) {
            Some((their_answer, our_answer)) if their_answer == theirs && our_answer == ours => {}
            Some((their_answer, our_answer)) => {
                faults.push(format!("listed otherwise: (\"{step}\", \"{their_answer}\", \"{our_answer}\"),"));
            }
            None => faults.push(format!("no difference any more: {step}")),
        }
    }
    for (step, (theirs, ours)) in &found {
        if !listed.contains(step.as_str()) {
            faults.push(format!("not listed: (\"{step}\", \"{theirs}\", \"{ours}\"),"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(not_covered.into_iter().collect::<Vec<_>>(), NOT_COVERED);
}

fn replay(group: &str) -> Vec<(String, Verdict)> {
    let steps: Vec<Value> = serde_json::from_slice(&file(&format!("{group}.json"))).unwrap();
    let world = Replayed::new(group != "no-root");
    let mut envelopes = Envelopes::new();
    let mut verdicts = Vec::new();
    for step in &steps {
        if let Some(at) = step["at"].as_str() {
            world.clock.set(Timestamp::from_rfc3339(at).unwrap());
            continue;
        }
        // A call took the service about a second; keys that are replaced must not begin when their successors do.
        world.clock.forward(0, 1_000_000);
        if let Some(statement) = step["sql"].as_str() {
            world.behind_the_back(statement);
            continue;
        }
        let before = world.keys();
        let ours = call(&world.manager, &mut envelopes, step);
        let made = world.keys() - before;
        verdicts.push((step["case"].as_str().unwrap().to_owned(), compare(step, &ours, made)));
    }
    verdicts
}

fn compare(step: &Value, ours: &Ours, made: u64) -> Verdict {
    let theirs = match (step["code"].as_str(), step["inner"].as_str()) {
        (Some(_), Some(inner)) => inner.to_owned(),
        (Some(code), None) => code.to_owned(),
        (None, _) => success(step["made"].as_u64().unwrap_or_default()),
    };
    let ours_text = match ours {
        Ours::NotCovered(why) => return Verdict::NotCovered(why),
        Ours::Failed(code) => code.mosip_code().unwrap_or(code.name()).to_owned(),
        Ours::Done { .. } => success(made),
    };
    if theirs != ours_text {
        return Verdict::Differs { theirs, ours: ours_text };
    }
    if let Ours::Done { thumbprint, plaintext, count } = ours {
        // The key that is answered is the one of the common start, where theirs is.
        if let (Some(ours), Some(theirs), 0) = (thumbprint, step["thumbprint"].as_str(), made)
            && is_of_the_base(theirs)
            && ours != theirs
        {
            return Verdict::Differs { theirs: "ok".to_owned(), ours: "ok, with another key".to_owned() };
        }
        if let (Some(ours), Some(theirs)) = (plaintext, step["data"].as_str()) {
            assert_eq!(*ours, base64(theirs), "{step}");
        }
        if let (Some(ours), Some(theirs)) = (count, step["count"].as_u64())
            && *ours as u64 != theirs
        {
            return Verdict::Differs { theirs: format!("{theirs} certificates"), ours: format!("{ours} certificates") };
        }
    }
    Verdict::Matched
}

fn success(made: u64) -> String {
    match made {
        0 => "ok".to_owned(),
        made => format!("ok, {made} made"),
    }
}

fn is_of_the_base(thumbprint: &str) -> bool {
    String::from_utf8(file("base.sql")).unwrap().contains(thumbprint)
}
