//! What plugins offer beside sound and parameters.

use std::sync::atomic::AtomicBool;

use loophole_host::nested::PluginRequest;
use loophole_host::nested::offers::{
    AmbisonicNormalization, AmbisonicOrdering, Arrangement, AutomationState, BusDirection, BusRequest,
    BusUse, Indication, MenuAction, MenuItem, StatePurpose,
};
use loophole_host::nested::{LayoutError, PresetError};
use loophole_host::processor::ProcessStatus;
use protocol::ParamId;
use protocol::plugin::{NoteName, PresetSource};
use test_units::plugins::{layout, studio};

use super::rig::{Rig, load};

#[test]
fn pages_and_note_names_are_listed_and_their_changes_told() {
    let mut plugin = load("studio");
    let mut requests = Vec::new();
    plugin.poll(&mut requests);
    for expected in [
        PluginRequest::PagesChanged,
        PluginRequest::ShowPage(7),
        PluginRequest::NoteNamesChanged,
        PluginRequest::VoicesChanged,
        PluginRequest::Menu(MenuAction::Reset(ParamId(studio::LEVEL))),
    ] {
        assert!(requests.contains(&expected), "{expected:?} is missing in {requests:?}");
    }
    let pages = plugin.pages();
    assert_eq!((pages.len(), pages[0].id, pages[0].name.as_str()), (1, 7, "Essentials"));
    let mut params = [None; 8];
    (params[0], params[7]) = (Some(ParamId(studio::LEVEL)), Some(ParamId(studio::TASKS)));
    assert_eq!(pages[0].params, params);
    let name = |name: &str, key| NoteName { name: name.into(), port: Some(0), channel: None, key };
    assert_eq!(plugin.note_names(), [name("Kick", Some(36)), name("Any", None)]);
}

#[test]
fn a_plugin_without_offers_offers_nothing() {
    let mut plugin = load("gain");
    assert!(plugin.pages().is_empty() && plugin.note_names().is_empty() && plugin.layouts().is_empty());
    assert!(plugin.menu(None).is_empty());
    assert!(plugin.choose(None, 1).is_err());
    assert_eq!(plugin.select_layout(1), Err(LayoutError::Unsupported));
    let stored = load("studio").presets().run(&AtomicBool::new(false)).unwrap().remove(0);
    assert!(matches!(plugin.load_preset(&stored), Err(PresetError::Unsupported)));
}

#[test]
fn presets_are_found_in_the_plugin_and_in_files_and_loaded() {
    let folder = std::env::temp_dir().join(test_units::presets::FOLDER);
    std::fs::create_dir_all(folder.join("more")).unwrap();
    std::fs::write(folder.join("more/Soft.testpreset"), "0.125").unwrap();
    std::fs::write(folder.join("readme.txt"), "no preset").unwrap();

    let mut plugin = load("studio");
    let presets = plugin.presets().run(&AtomicBool::new(false)).unwrap();
    let names: Vec<_> = presets.iter().map(|preset| preset.name.as_str()).collect();
    assert_eq!(names, ["Loud", "Soft"]);
    assert_eq!(presets[0].source, PresetSource::Plugin);
    assert_eq!(
        (presets[0].load_key.as_deref(), presets[0].features.join(" ")),
        (Some("loud"), "loud".into())
    );
    assert_eq!(presets[1].source, PresetSource::File(folder.join("more/Soft.testpreset")));

    plugin.poll(&mut Vec::new());
    for (preset, level) in presets.iter().zip([1.0, 0.125]) {
        plugin.load_preset(preset).unwrap();
        let mut requests = Vec::new();
        plugin.poll(&mut requests);
        assert_eq!(requests, [PluginRequest::PresetLoaded]);
        assert_eq!(plugin.param_value(ParamId(studio::LEVEL)), Some(level));
    }

    let mut missing = presets[0].clone();
    missing.load_key = Some("no such key".into());
    assert!(matches!(plugin.load_preset(&missing), Err(PresetError::Refused { .. })));
    let mut requests = Vec::new();
    plugin.poll(&mut requests);
    assert_eq!(requests[0], PluginRequest::PresetFailed { reason: "no such preset".into() });
    missing.load_key = Some("zero\0byte".into());
    assert!(matches!(plugin.load_preset(&missing), Err(PresetError::Name { .. })));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn buses_are_changed_while_inactive_and_only_then() {
    let mut plugin = load("studio");
    let names: Vec<_> = plugin.layouts().into_iter().map(|layout| (layout.id, layout.name)).collect();
    assert_eq!(names, [(1, "Mono".into()), (2, "Stereo".into())]);
    plugin.select_layout(1).unwrap();
    assert_eq!((plugin.buses().0[0].channels, &plugin.buses().0[0].arrangement), (1, &Arrangement::Mono));
    assert_eq!(plugin.select_layout(9), Err(LayoutError::Refused));
    assert_eq!(plugin.buses().0[0].channels, 1);

    let speakers = Arrangement::Surround(vec![0, 1, 2, 3, 4, 5]);
    let wish = |channels, arrangement| {
        [BusRequest { direction: BusDirection::Input, index: 0, channels, arrangement }]
    };
    plugin.request_buses(&wish(6, speakers.clone())).unwrap();
    assert_eq!((plugin.buses().1[0].channels, &plugin.buses().1[0].arrangement), (6, &speakers));
    let (ordering, normalization) = (AmbisonicOrdering::Acn, AmbisonicNormalization::Sn3d);
    let field = Arrangement::Ambisonic { ordering, normalization };
    plugin.request_buses(&wish(4, field.clone())).unwrap();
    assert_eq!((plugin.buses().0[0].channels, &plugin.buses().0[0].arrangement), (4, &field));
    assert_eq!(plugin.request_buses(&wish(5, Arrangement::Unspecified)), Err(LayoutError::Refused));
    // A wish that contradicts itself never reaches the plugin.
    assert_eq!(plugin.request_buses(&wish(6, Arrangement::Stereo)), Err(LayoutError::Refused));

    plugin.use_bus(BusDirection::Output, 0, BusUse::Unused).unwrap();
    assert_eq!(plugin.param_value(ParamId(studio::INACTIVE)), Some(1.0));
    assert_eq!(plugin.use_bus(BusDirection::Output, 3, BusUse::Unused), Err(LayoutError::Refused));

    let mut rig = Rig::new("studio");
    assert_eq!(rig.controller.select_layout(1), Err(LayoutError::Active));
    assert_eq!(rig.controller.use_bus(BusDirection::Output, 0, BusUse::Used), Err(LayoutError::Active));
}

#[test]
fn a_plugin_that_can_hears_of_a_connected_bus_while_it_runs() {
    let mut plugin = load("keyed");
    plugin.use_bus(BusDirection::Input, 1, BusUse::Unused).unwrap();
    let told = |plugin: &mut loophole_host::nested::PluginController| {
        [studio::INACTIVE, layout::LIVE].map(|id| plugin.param_value(ParamId(id)).unwrap())
    };
    assert_eq!(told(&mut plugin), [1.0, 0.0]);
    let mut rig = Rig::new("keyed");
    rig.controller.use_bus(BusDirection::Input, 1, BusUse::Unused).unwrap();
    assert_eq!(told(&mut rig.controller), [0.0, 0.0], "not before the next block");
    rig.process(16, &[]);
    assert_eq!(told(&mut rig.controller), [1.0, 1.0]);
    rig.controller.use_bus(BusDirection::Input, 1, BusUse::Used).unwrap();
    rig.process(16, &[]);
    rig.process(16, &[]);
    assert_eq!(told(&mut rig.controller), [0.0, 2.0]);
    // What no block took is told when there will be none.
    rig.controller.use_bus(BusDirection::Input, 1, BusUse::Unused).unwrap();
    assert_eq!(told(&mut rig.deactivate()), [1.0, 2.0]);
}

#[test]
fn a_plugin_without_a_list_of_layouts_is_asked_for_the_usual_ones() {
    let mut plugin = load("elastic");
    let layouts = plugin.layouts();
    let names: Vec<_> = layouts.iter().map(|layout| layout.name.as_str()).collect();
    assert_eq!((names, plugin.buses().1[0].channels), (vec!["Mono", "Stereo", "5.1"], 2));
    plugin.select_layout(layouts[2].id).unwrap();
    assert_eq!((plugin.buses().0[0].channels, plugin.buses().1[0].channels), (6, 6));
    assert_eq!(plugin.select_layout(99), Err(LayoutError::Unsupported));

    let mut rig = Rig::new("elastic");
    assert_eq!(rig.controller.layouts(), layouts, "it was asked before it ran");
    assert_eq!(rig.controller.select_layout(layouts[0].id), Err(LayoutError::Active));
}

#[test]
fn states_are_told_what_they_are_for() {
    let mut plugin = load("studio");
    for (purpose, number) in
        [(StatePurpose::Preset, 1.0), (StatePurpose::Duplicate, 2.0), (StatePurpose::Project, 3.0)]
    {
        plugin.set_param(ParamId(studio::LEVEL), number / 4.0);
        let state = plugin.save_state_for(purpose).unwrap().unwrap();
        assert_eq!(f64::from(state[0]), number);
        plugin.set_param(ParamId(studio::LEVEL), 0.0);
        plugin.load_state_for(&state, purpose).unwrap();
        assert_eq!(plugin.param_value(ParamId(studio::CONTEXT)), Some(number));
        assert_eq!(plugin.param_value(ParamId(studio::LEVEL)), Some(number / 4.0));
    }
    assert_eq!(plugin.save_state().unwrap(), plugin.save_state_for(StatePurpose::Project).unwrap());
}

#[test]
fn menus_go_both_ways() {
    let mut plugin = load("studio");
    let items = plugin.menu(Some(ParamId(studio::LEVEL)));
    let action =
        |id, label: &str, enabled, checked| MenuItem::Action { id, label: label.into(), enabled, checked };
    assert_eq!(
        items,
        [
            MenuItem::Title("Studio".into()),
            action(3, "Randomise", true, None),
            MenuItem::Separator,
            MenuItem::Submenu {
                label: "More".into(),
                enabled: true,
                items: vec![action(4, "Bright", false, Some(true))],
            },
        ]
    );
    assert!(plugin.menu(None).contains(&action(3, "About", true, None)));
    plugin.choose(Some(ParamId(studio::LEVEL)), 3).unwrap();
    assert_eq!(plugin.param_value(ParamId(studio::CHOSEN)), Some(3.0));
    assert!(plugin.choose(None, 99).is_err());
}

#[test]
fn what_moves_a_parameter_is_shown_beside_its_control() {
    let mut plugin = load("studio");
    let told = |plugin: &mut loophole_host::nested::PluginController| {
        let value = |id| plugin.param_value(ParamId(id)).unwrap();
        let mut value = value;
        (value(studio::MAPPED_LETTERS), value(studio::AUTOMATION))
    };
    let indication = Indication { mapped: Some("Macro 1".into()), automation: AutomationState::Playing };
    plugin.indicate(ParamId(studio::LEVEL), &indication);
    assert_eq!(told(&mut plugin), (7.0, 2.0));
    plugin.indicate(ParamId(studio::LEVEL), &Indication::default());
    assert_eq!(told(&mut plugin), (0.0, 0.0));
}

#[test]
fn a_plugins_parts_of_work_are_all_done_and_absurdly_many_refused() {
    let mut rig = Rig::with_params("studio", &[(studio::TASKS, 100.0)]);
    assert_eq!(rig.process(64, &[]), ProcessStatus::Continue);
    assert_eq!((rig.value(studio::TASKS_DONE), rig.value(studio::TASK_SUM)), (100.0, 4_950.0));
    rig.processor.set_param(ParamId(studio::TASKS), 1e6);
    rig.process(64, &[]);
    rig.process(64, &[]);
    assert!(rig.value(studio::TASKS_REFUSED) >= 1.0);
    assert_eq!(rig.value(studio::TASKS_DONE), 200.0);
}
