use protocol::control::Stems;

use super::*;
use crate::instance::InstanceOptions;
use crate::offline::export::tests::{band, commit};

fn samples(instance: &Instance, block: usize) -> Vec<f32> {
    let job = Job { rate: SampleRate(48_000.0), block, from: Beats::ZERO, frames: 48_000 };
    let mut render = Render::start(instance, &job).expect("the engine starts");
    let mut samples = Vec::new();
    while let Some((left, right)) = render.next_block() {
        samples.extend(left.iter().zip(right).flat_map(|(left, right)| [*left, *right]));
    }
    samples
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn stems_add_up_to_the_mix() {
    for (by, names) in [(Stems::Track, vec!["Low", "High", "Voice"]), (Stems::Group, vec!["Group", "Voice"])]
    {
        let instance = band();
        let mix = samples(&instance, 512);
        assert!(peak(&mix) > 0.01, "silence proves nothing");
        let project = instance.project();
        let stems = stems(&project, by);
        assert_eq!(stems.iter().map(|stem| stem.name.as_str()).collect::<Vec<_>>(), names);
        let mut rest = mix;
        for stem in &stems {
            commit(&instance, loudness::solo(&project, &stem.tracks));
            let heard = samples(&instance, 512);
            assert!(peak(&heard) > 0.001, "{} is silent", stem.name);
            rest.iter_mut().zip(&heard).for_each(|(rest, heard)| *rest -= heard);
        }
        assert!(peak(&rest) < 2e-6, "{by:?}: {} is left of the mix", peak(&rest));
    }
}

#[test]
fn a_render_is_the_same_every_time_and_at_every_block_size() {
    let first = samples(&band_of_one_seed(), 512);
    for block in [512, 64, 1_000] {
        assert!(samples(&band_of_one_seed(), block) == first, "differs at blocks of {block}");
    }
}

/// The same project, loaded into a new instance each time.
fn band_of_one_seed() -> Instance {
    thread_local! {
        static STATE: Vec<u8> = band().state();
    }
    let instance = Instance::new(InstanceOptions::default());
    STATE.with(|state| instance.load_state(state)).expect("it was just written");
    instance
}

#[test]
fn a_file_tells_its_speed_and_loudness() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = band();
    let job = whole(&instance.project(), SampleRate(DEFAULT_RATE), 1.0);
    let path = folder.path().join("mix.wav");
    let file =
        to_file(&instance, &job, &path, (SampleBits::F32, Listen::Yes), "mix").expect("it can be written");
    let json = serde_json::to_value([&file]).expect("plain data");
    assert!(json[0]["speed"].as_f64().is_some_and(|speed| speed > 0.0));
    let lufs = json[0]["loudness"]["integrated_lufs"].as_f64().expect("it is not silent");
    assert!((-60.0..0.0).contains(&lufs), "{lufs}");
    assert!(file.to_string().contains("x real time") && file.to_string().contains("dBTP"));
}
