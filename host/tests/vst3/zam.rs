//! Every plugin of Debian's package `zam-plugins`, where it is installed.

use std::path::Path;

use loophole_host::event::{Event, EventKind, Voice};
use loophole_host::nested::{self, PluginLocator};
use loophole_host::processor::ProcessStatus;
use loophole_host::scan;
use protocol::plugin::PluginParam;
use protocol::{PluginFormat, PluginInfo};

use crate::rig::{MAX_BLOCK, Rig, load};
use crate::skip;

/// The plugins, by path; none where the package is not installed.
fn installed() -> (PluginLocator, Vec<PluginInfo>) {
    let mut locator = PluginLocator::new();
    let files = scan::find_plugin_files(&["/usr/lib/vst3".into()]);
    let zam = files.iter().filter(|file| {
        file.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with("zam"))
    });
    let plugins: Vec<_> = zam.flat_map(|file| locator.add_file(file).unwrap()).collect();
    if plugins.is_empty() {
        skip("zam-plugins is not installed");
    }
    (locator, plugins)
}

/// A tone that no gate closes on, different on both sides.
fn tone(rig: &mut Rig, block: usize) {
    for bus in &mut rig.inputs {
        for (side, samples) in bus.output().channels_mut().enumerate() {
            for (frame, sample) in samples.iter_mut().enumerate() {
                let time = (block * MAX_BLOCK + frame) as f32 / 48_000.0;
                *sample = 0.4 * (time * 440.0 * (1.0 + side as f32) * std::f32::consts::TAU).sin();
            }
        }
    }
}

fn run(rig: &mut Rig, blocks: usize) -> Vec<f32> {
    let mut sound = Vec::new();
    for block in 0..blocks {
        tone(rig, block);
        assert_ne!(rig.process(MAX_BLOCK, &[]), ProcessStatus::Failed);
        sound.extend_from_slice(rig.outputs[0].channel(0));
    }
    sound
}

#[test]
fn all_describe_themselves() {
    let (_, plugins) = installed();
    for plugin in &plugins {
        assert_eq!(plugin.plugin.format, PluginFormat::Vst3);
        assert_eq!((plugin.plugin.id.len(), plugin.vendor.as_str()), (32, "Damien Zammit"), "{plugin:?}");
        assert!(plugin.features.contains(&"audio-effect".into()), "{plugin:?}");
        assert!(Path::new(&plugin.path).exists() && !plugin.version.is_empty());
    }
}

#[test]
fn all_process_without_allocating_and_obey_their_parameters() {
    let (locator, plugins) = installed();
    for plugin in &plugins {
        let mut rig = Rig::new(load(&locator, &plugin.plugin));
        let before = run(&mut rig, 8);
        assert!(before.iter().all(|sample| sample.is_finite()), "{}", plugin.name);
        let params = rig.controller.params();
        assert!(!params.is_empty(), "{}", plugin.name);
        // A choice of one program has no other value.
        for param in params.iter().filter(|param| param.automatable && param.name != "Current Program") {
            for value in [param.min, param.max, param.default] {
                let kind = EventKind::Param { param: param.id, voice: Voice::ALL, value };
                rig.process(64, &[Event::new(17, kind)]);
                rig.poll();
                let now = rig.value(param.id.0);
                assert!((now - value).abs() < 1e-3, "{} {}: {now} for {value}", plugin.name, param.name);
            }
        }
        rig.deactivate();
    }
}

#[test]
fn all_restore_what_they_saved() {
    let (locator, plugins) = installed();
    for plugin in &plugins {
        let mut first = load(&locator, &plugin.plugin);
        // The others are meters; ZamDelay shows in `Delaytime` what it derives from others, and does not keep it.
        let is_kept = |param: &PluginParam| param.automatable && param.name != "Delaytime";
        let params: Vec<_> = first.params().into_iter().filter(is_kept).collect();
        // Switches of some are radio buttons: setting one moves others.
        let continuous = params.iter().filter(|param| !param.stepped);
        for (index, param) in (0_u32..).zip(continuous) {
            let part = f64::from(index % 5) / 4.0;
            first.set_param(param.id, param.min + part * (param.max - param.min));
        }
        let state = first.save_state().unwrap().unwrap();
        let mut second = nested::load(&plugin.plugin, &locator, Some(&state)).unwrap();
        for param in &params {
            let (was, is) = (first.param_value(param.id), second.param_value(param.id));
            let is_near = was.zip(is).is_some_and(|(was, is)| (was - is).abs() < 1e-3);
            assert!(is_near, "{} {}: {was:?} became {is:?}", plugin.name, param.name);
        }
        assert_eq!(second.save_state().unwrap().unwrap(), state, "{}", plugin.name);
        let third = nested::load(&plugin.plugin, &locator, Some(&state)).unwrap();
        let (mut second, mut third) = (Rig::new(second), Rig::new(third));
        assert!(run(&mut second, 4) == run(&mut third, 4), "{} sounds different", plugin.name);
    }
}
