//! The diagnostics page.

use egui::{Key, Modifiers};
use protocol::{Command, EntityId, LatencyPolicy, NodeId, NodeRole};

use super::bench::Bench;
use crate::frame::{LoadPoint, MeasuredLoudness, MeasuredSpectrum, NodeLoad};
use crate::ids;

/// The page, opened by its key.
fn open() -> Bench {
    let mut bench = Bench::song();
    bench.key(Key::Num8, Modifiers::COMMAND | Modifiers::CTRL);
    bench.idle(2);
    bench
}

fn watches(commands: &[Command]) -> Vec<Option<EntityId>> {
    let of = |command: &Command| match command {
        Command::Watch { track } => Some(*track),
        _ => None,
    };
    commands.iter().filter_map(of).collect()
}

#[test]
fn the_engine_is_told_once_a_second_that_somebody_looks_and_not_otherwise() {
    let mut bench = Bench::song();
    bench.idle(200);
    assert!(watches(&bench.take()).is_empty());
    bench.key(Key::Num8, Modifiers::COMMAND | Modifiers::CTRL);
    bench.idle(178);
    assert_eq!(watches(&bench.take()), [None; 3], "three seconds of sixty frames");
    bench.click_on(ids::nth("tab", 2));
    bench.take();
    bench.idle(200);
    assert!(watches(&bench.take()).is_empty());
}

#[test]
fn the_spectrum_can_be_that_of_the_selected_track() {
    let mut bench = open();
    let track = bench.project().tracks().next().expect("a track").id().0;
    let header = bench.rect(ids::of("header", track));
    bench.click(header.left_top() + egui::vec2(3.0, 3.0));
    bench.take();
    bench.click_on(ids::one("spectrum track"));
    bench.idle(1);
    assert_eq!(watches(&bench.take()), [Some(track)]);
    bench.click_on(ids::one("spectrum master"));
    bench.idle(1);
    assert_eq!(watches(&bench.take()), [None]);
}

#[test]
fn loudness_is_measured_anew_on_demand() {
    let mut bench = open();
    bench.take();
    bench.click_on(ids::one("reset loudness"));
    assert!(bench.take().contains(&Command::ResetLoudness));
}

#[test]
fn a_click_on_a_node_selects_its_track_the_slowest_first() {
    let mut bench = open();
    let project = bench.project();
    let devices: Vec<_> = project.devices().map(|device| (device.id().0, device.track().0)).collect();
    assert!(devices.len() > 2);
    for (nth, (device, _)) in (0u8..).zip(&devices) {
        let load = NodeLoad { load: 0.01 * f32::from(nth), peak: 0.1 };
        bench.diagnostics.nodes.insert(NodeId { entity: *device, role: NodeRole::Device }, load);
    }
    bench.idle(2);
    bench.click_on(ids::one("spectrum track"));
    bench.idle(1);
    bench.take();
    bench.click_on(ids::nth("node load", 0));
    bench.idle(1);
    assert_eq!(watches(&bench.take()), [devices.last().map(|(_, track)| *track)]);
}

#[test]
fn the_latency_policy_is_chosen_here_and_undone() {
    let mut bench = open();
    let policy = |bench: &Bench| bench.project().root().latency_policy();
    assert!(!bench.is_shown(ids::one("latency frames")));
    bench.click_on(ids::nth("latency policy", 1));
    bench.idle(1);
    assert_eq!(policy(&bench), LatencyPolicy::Fixed { frames: 1_024 });
    assert!(bench.is_shown(ids::one("latency frames")));
    bench.click_on(ids::nth("latency policy", 2));
    assert_eq!(policy(&bench), LatencyPolicy::Zero);
    assert_eq!(bench.commits(), ["Latency: fixed", "Latency: zero"]);
    bench.pulse.undo("You").expect("a step");
    assert_eq!(policy(&bench), LatencyPolicy::Fixed { frames: 1_024 });
}

#[test]
fn the_status_line_and_the_load_open_the_page() {
    for control in ["latency", "cpu"] {
        let mut bench = Bench::song();
        bench.status.device = "JACK".into();
        bench.idle(2);
        bench.click_on(ids::one(control));
        bench.idle(2);
        assert!(bench.is_shown(ids::one("reset loudness")), "{control}");
    }
}

#[test]
fn what_is_measured_is_drawn_whatever_it_is() {
    let mut bench = open();
    let empty = bench.shapes();
    bench.diagnostics.load = vec![LoadPoint { peak: 0.5, mean: 0.2 }; 300].into();
    bench.diagnostics.spectrum = Some(MeasuredSpectrum { track: None, bands_db: vec![-30.0; 192].into() });
    assert!(bench.shapes() > empty + 600, "a graph and a spectrum");
    let nothing = f64::NEG_INFINITY;
    bench.diagnostics.loudness = Some(MeasuredLoudness {
        momentary_lufs: nothing,
        short_term_lufs: f64::NAN,
        integrated_lufs: nothing,
        range_lu: 0.0,
        true_peak_db: [nothing; 2],
        secs: f64::NAN,
    });
    bench.diagnostics.load = vec![LoadPoint { peak: f32::NAN, mean: f32::INFINITY }; 3_000].into();
    bench.diagnostics.spectrum = Some(MeasuredSpectrum { track: None, bands_db: Vec::new().into() });
    bench.size = egui::pos2(500.0, 320.0);
    bench.idle(3);
}

#[test]
fn a_window_whose_scale_comes_late_looks_like_one_that_had_it_at_once() {
    let shapes = |sizes: &[(f32, f32)]| {
        let mut bench = Bench::unopened(crate::tests::song::song().pulse);
        for &(width, height) in sizes {
            bench.size = egui::pos2(width, height);
            bench.idle(1);
        }
        bench.idle(3);
        (bench.rect(ids::one("splitter")), bench.editor.stats())
    };
    assert_eq!(shapes(&[(2_560.0, 1_600.0), (1_280.0, 800.0)]), shapes(&[(1_280.0, 800.0); 2]));
}

#[test]
fn the_top_bar_keeps_its_parts_apart_in_a_narrow_window() {
    for width in [640.0, 760.0, 880.0, 1_000.0, 1_280.0] {
        let mut bench = Bench::song();
        bench.size = egui::pos2(width, 400.0);
        bench.idle(3);
        let controls = ["project", "undo", "redo", "return", "loop", "position", "tempo", "save", "browser"];
        let rects = controls.map(|control| bench.rect(ids::one(control)));
        for (pair, names) in rects.windows(2).zip(controls.windows(2)) {
            assert!(pair[0].right() <= pair[1].left() + 0.5, "{names:?} overlap at {width}: {pair:?}");
        }
        assert!(rects[rects.len() - 1].right() <= width);
    }
}
