//! The scripts that shape the demo song: the examples that everybody has, run as everybody would run them.

use std::collections::BTreeMap;

use model::{IdSource, ScriptId, edit};
use protocol::Transaction;
use scripting::{RunOptions, run};

use super::arrange::{AUTHOR, Song};

const EUCLIDEAN: &str = include_str!("../../../examples/euclidean.lua");
const HUMANISE: &str = include_str!("../../../examples/humanise.lua");

/// Lets the percussion be made and the keys be humanised by scripts, and leaves the scripts in the project.
pub fn shape(song: &mut Song) {
    apply(song, "Euclidean drums", EUCLIDEAN, serde_json::json!({ "track": "Percussion" }));
    for (seed, track) in [(11, "Keys"), (12, "Percussion"), (13, "Arp")] {
        let args = serde_json::json!({ "track": track, "timing": 0.012, "velocity": 0.1, "seed": seed });
        apply(song, "Humanise", HUMANISE, args);
    }
    let scripts = [("Euclidean drums", EUCLIDEAN), ("Humanise", HUMANISE)];
    let edits =
        scripts.map(|(name, source)| edit::script::create(ScriptId(song.pulse.new_id()), name, source));
    commit(song, Transaction { name: "Keep the scripts".into(), author: AUTHOR.into(), edits: edits.into() });
}

fn apply(song: &mut Song, name: &str, source: &str, args: serde_json::Value) {
    let mut options = RunOptions::new(name);
    options.args = serde_json::from_value::<BTreeMap<_, _>>(args).expect("PANIC: arguments are an object");
    options.ids = IdSource::seeded(0x51de_d004);
    let outcome = run(source, song.project(), options);
    assert!(outcome.error.is_none(), "PANIC: {name}: {:?}", outcome.error);
    for transaction in outcome.transactions() {
        commit(song, transaction);
    }
}

fn commit(song: &mut Song, transaction: Transaction) {
    song.pulse.commit(transaction).expect("PANIC: the demo song breaks no rule");
}
