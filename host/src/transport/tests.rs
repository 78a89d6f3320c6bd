use super::*;
use protocol::EnginePlan;

const RATE: SampleRate = SampleRate(100.0);

/// 60 bpm at 100 Hz: a beat is 100 frames.
fn transport(loop_range: Option<(i64, i64)>) -> Transport {
    let loop_range = loop_range.map(|(start, end)| (Beats::whole(start), Beats::whole(end)));
    let plan = EnginePlan { tempo: TempoMap::constant(60.0), loop_range, ..EnginePlan::default() };
    Transport::new(Box::new(Timeline::new(&plan)), RATE, Beats::ZERO)
}

fn host(beats: f64, bpm: f64) -> HostTransport {
    HostTransport { playing: true, beats: Some(beats), bpm: Some(bpm), ..HostTransport::default() }
}

#[test]
fn a_loop_wraps_at_its_exact_frame() {
    let mut transport = transport(Some((1, 3)));
    transport.command(TransportCommand::Play);
    transport.advance(250);
    assert_eq!(transport.until_wrap(64), 50);
    transport.advance(50);
    assert_eq!((transport.frame(), transport.arrival()), (100, Arrival::Jumped));
}

#[test]
fn playing_behind_the_loop_never_wraps() {
    let mut transport = transport(Some((1, 3)));
    transport.command(TransportCommand::Locate { to: Beats::whole(4) });
    transport.command(TransportCommand::Play);
    assert_eq!(transport.until_wrap(4_096), 4_096);
    transport.advance(4_096);
    assert_eq!(transport.frame(), 4_496);
}

#[test]
fn small_errors_of_the_host_do_not_move_the_position() {
    let mut transport = transport(None);
    transport.follow(Some(&host(0.0, 60.0)));
    assert_eq!(transport.arrival(), Arrival::Started);
    transport.advance(64);
    transport.follow(Some(&host(0.644, 60.0)));
    assert_eq!((transport.frame(), transport.arrival()), (64, Arrival::Ran));
}

#[test]
fn a_drifting_host_is_followed_without_a_jump() {
    let plan = EnginePlan { tempo: TempoMap::constant(60.0), ..EnginePlan::default() };
    let mut transport = Transport::new(Box::new(Timeline::new(&plan)), SampleRate(48_000.0), Beats::ZERO);
    for block in 0..2_000_i32 {
        transport.follow(Some(&host(f64::from(block) * 512.003 / 48_000.0, 60.0)));
        assert!(block == 0 || transport.arrival() == Arrival::Ran, "block {block}");
        assert!((to_f64(transport.frame()) - f64::from(block) * 512.003).abs() <= 0.6);
        transport.advance(512);
    }
}

#[test]
fn one_slip_of_an_exact_host_does_not_keep_us_from_following_its_drift() {
    let plan = EnginePlan { tempo: TempoMap::constant(60.0), ..EnginePlan::default() };
    let mut transport = Transport::new(Box::new(Timeline::new(&plan)), SampleRate(48_000.0), Beats::ZERO);
    for block in 0..2_000_i32 {
        let there = f64::from(block) * 512.05;
        let slip = if block == 100 { 5.0 } else { 0.0 };
        transport.follow(Some(&host((there + slip) / 48_000.0, 60.0)));
        assert!(block == 0 || transport.arrival() == Arrival::Ran, "block {block}");
        let off = (to_f64(transport.frame()) - there).abs();
        assert!(off <= 0.6 || (100..700).contains(&block), "{off} in block {block}");
        transport.advance(512);
    }
}

/// Frames of a host at 48 kHz that tells its position in whole ticks of so many to the quarter note, block by block, and
/// is `drift` frames a block faster than we are; it jumps nowhere.
fn frames_beside(ticks_per_beat: f64, bpm: f64, drift: f64, blocks: i32) -> Vec<(i64, f64)> {
    let plan = EnginePlan { tempo: TempoMap::constant(bpm), ..EnginePlan::default() };
    let mut transport = Transport::new(Box::new(Timeline::new(&plan)), SampleRate(48_000.0), Beats::ZERO);
    let mut frames = Vec::new();
    for block in 0..blocks {
        let there = f64::from(block) * (512.0 + drift);
        let beats = there / 48_000.0 * bpm / 60.0;
        transport.follow(Some(&host((beats * ticks_per_beat).floor() / ticks_per_beat, bpm)));
        assert!(block == 0 || transport.arrival() == Arrival::Ran, "block {block} at {bpm}");
        frames.push((transport.frame(), there));
        transport.advance(512);
    }
    frames
}

#[test]
fn a_host_that_counts_in_whole_ticks_does_not_shake_us() {
    for (ticks_per_beat, bpm) in [(960.0, 112.0), (960.0, 60.0), (480.0, 40.0), (960.0, 300.0), (480.0, 20.0)]
    {
        let frames = frames_beside(ticks_per_beat, bpm, 0.0, 4_000);
        assert!(
            (0..).zip(&frames).all(|(block, (frame, _))| *frame == block * 512),
            "{ticks_per_beat} {bpm}"
        );
    }
}

#[test]
fn a_host_that_counts_in_whole_ticks_and_drifts_is_followed() {
    let frames = frames_beside(960.0, 112.0, 0.003, 20_000);
    let furthest = frames.iter().map(|(frame, there)| (to_f64(*frame) - there).abs()).fold(0.0, f64::max);
    // Little further than a tick of 27 frames.
    assert!(furthest <= 30.0, "{furthest}");
    let steps = frames.windows(2).map(|pair| pair[1].0 - pair[0].0 - 512).filter(|step| *step != 0);
    assert!(steps.clone().all(|step| step.abs() <= 4), "{:?}", steps.collect::<Vec<_>>());
}

#[test]
fn a_jump_of_the_host_is_followed_to_the_frame() {
    let mut transport = transport(None);
    transport.follow(Some(&host(0.0, 60.0)));
    transport.advance(64);
    transport.follow(Some(&host(8.0, 60.0)));
    assert_eq!((transport.frame(), transport.arrival()), (800, Arrival::Jumped));
}

#[test]
fn a_tempo_of_the_hosts_own_takes_the_place_of_the_projects() {
    let mut transport = transport(None);
    transport.follow(Some(&host(2.0, 120.0)));
    assert_eq!(transport.frame(), 100, "a beat is 50 frames");
    transport.advance(50);
    transport.follow(Some(&host(3.0, 60.0)));
    assert_eq!((transport.frame(), transport.arrival()), (150, Arrival::Ran), "time bends, nothing jumps");
    transport.advance(100);
    assert_eq!(transport.view().beats, 4.0);
    transport.follow(Some(&host(4.0, 60.0)));
    assert_eq!((transport.frame(), transport.arrival()), (250, Arrival::Ran));
}

#[test]
fn the_hosts_loop_wraps_inside_a_block() {
    let mut transport = transport(None);
    let looping = HostTransport { loop_beats: Some((0.0, 1.0)), ..host(0.5, 60.0) };
    transport.follow(Some(&looping));
    assert_eq!(transport.until_wrap(64), 50);
    transport.advance(50);
    transport.advance(14);
    transport.follow(Some(&HostTransport { beats: Some(0.14), ..looping }));
    assert_eq!((transport.frame(), transport.arrival()), (14, Arrival::Ran));
}

#[test]
fn nonsense_from_a_host_is_survived() {
    let mut transport = transport(None);
    for value in [f64::NAN, f64::INFINITY, -1e300, 1e300, 0.0] {
        transport.follow(Some(&HostTransport { secs: Some(value), ..host(value, value) }));
        let _ = transport.view();
        transport.advance(64);
    }
    transport.follow(None);
    assert!(!transport.is_playing());
}

#[test]
fn a_new_tempo_keeps_the_musical_position() {
    let mut transport = transport(None);
    transport.command(TransportCommand::Locate { to: Beats::whole(4) });
    let plan = EnginePlan { tempo: TempoMap::constant(120.0), ..EnginePlan::default() };
    transport.replace(Box::new(Timeline::new(&plan)));
    assert_eq!((transport.frame(), transport.position()), (200, Beats::whole(4)));
}
