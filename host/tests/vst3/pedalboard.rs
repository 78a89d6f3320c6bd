//! The parameters of zam-plugins as Pedalboard, a JUCE host, reports them for the same files.

use std::process::Command;

use loophole_host::nested::PluginLocator;
use loophole_host::scan;
use serde::Deserialize;

use crate::rig::load;
use crate::{PYTHON, skip};

const DUMP: &str = r"
import json, sys, pedalboard
plugin = pedalboard.load_plugin(sys.argv[1])
params = plugin.parameters.values()
print('params:' + json.dumps([
    {'name': p.name, 'default': p.default_raw_value, 'value': p.raw_value, 'text': p.string_value} for p in params
]))
";

/// A parameter; values are normalized.
#[derive(Debug, Deserialize)]
struct Theirs {
    name: String,
    default: f64,
    value: f64,
    text: String,
}

fn dump(python: &std::ffi::OsStr, file: &std::path::Path) -> Vec<Theirs> {
    let output = Command::new(python).args(["-c", DUMP]).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let params = said.lines().find_map(|line| line.strip_prefix("params:"));
    let problem = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(params.unwrap_or_else(|| panic!("{}: {problem}", file.display()))).unwrap()
}

/// Texts are equal, or numbers that differ by no more than the float that JUCE keeps a value in.
fn is_same(ours: &str, theirs: &str) -> bool {
    let numbers = ours.parse::<f64>().ok().zip(theirs.parse::<f64>().ok());
    ours == theirs || numbers.is_some_and(|(a, b)| (a - b).abs() <= 1e-5 * a.abs().max(1.0))
}

#[test]
fn parameters_are_those_that_pedalboard_reports() {
    let Some(python) = std::env::var_os(PYTHON) else {
        return skip("there is no Python with pedalboard");
    };
    let mut locator = PluginLocator::new();
    let mut compared = 0;
    for file in scan::find_plugin_files(&["/usr/lib/vst3".into()]) {
        // Pedalboard takes minutes over the impulses of ZamVerb.
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("Za") || name == "ZamVerb" {
            continue;
        }
        let plugin = locator.add_file(&file).unwrap().remove(0);
        let mut controller = load(&locator, &plugin.plugin);
        let (ours, theirs) = (controller.params(), dump(&python, &file));
        let names: Vec<_> = ours.iter().map(|param| param.name.as_str()).collect();
        assert_eq!(names, theirs.iter().map(|param| param.name.as_str()).collect::<Vec<_>>(), "{name}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            // What these show is the host's.
            if ["Buffer Size", "Sample Rate"].contains(&ours.name.as_str()) {
                continue;
            }
            let value = controller.param_value(ours.id).unwrap();
            let is_near = |plain: f64, norm: f64| (plain / ours.max - norm).abs() < 1e-4;
            assert!(is_near(ours.default, theirs.default), "{name}: {ours:?}, {theirs:?}");
            // Pedalboard lets a plugin process when it is loaded, which meters show.
            if !ours.automatable {
                continue;
            }
            assert!(is_near(value, theirs.value), "{name}: {value} of {ours:?}, {theirs:?}");
            let text = controller.param_text(ours.id, value).unwrap();
            assert!(is_same(&text, &theirs.text), "{name} {}: {text}, {}", ours.name, theirs.text);
        }
        compared += 1;
    }
    assert_eq!(compared, 16, "zam-plugins is not installed");
}
