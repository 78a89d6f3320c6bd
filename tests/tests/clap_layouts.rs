//! The buses that a CLAP host may choose: on mono, stereo and surround tracks.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::ffi::CStr;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use clap_sys::ext::ambisonic::CLAP_PORT_AMBISONIC;
use clap_sys::ext::audio_ports::{CLAP_PORT_MONO, CLAP_PORT_STEREO};
use clap_sys::ext::surround::CLAP_PORT_SURROUND;
use clap_sys::process::CLAP_PROCESS_ERROR;
use loophole::shell::preset;
use loophole_tests::clap_host::{Block, Handed, NOT_WRITTEN, Plugin, Port};
use loophole_tests::projects;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// The state of a project that passes on what it hears, as a CLAP host keeps it.
fn through() -> Vec<u8> {
    preset::clap(&preset::plugin_state(&projects::through()))
}

fn loophole(state: &[u8]) -> Plugin {
    let mut plugin = Plugin::new(&loophole::clap_entry, c"org.loophole.loophole");
    plugin.around = |call| assert_no_alloc(call);
    assert!(plugin.load(state), "the state loads");
    plugin
}

/// Two blocks of channels that hold 0.25, 0.375, and so on; gives the last sample of each output channel.
fn play(plugin: &mut Plugin, handed: Handed) -> Vec<f32> {
    plugin.handed = Handed { spread: 0.125, ..handed };
    plugin.activate(48_000.0, 64);
    plugin.start();
    // A host that processes for the first time sets up what belongs to the thread, such as its identity.
    let around = std::mem::replace(&mut plugin.around, |call| call());
    plugin.process(&Block { input: 0.25, ..Block::silent(64) });
    plugin.around = around;
    let mut last = Vec::new();
    for _ in 0..2 {
        let out = plugin.process(&Block { input: 0.25, ..Block::silent(64) });
        assert_ne!(out.status, CLAP_PROCESS_ERROR);
        assert!(out.outputs.iter().flatten().all(|sample| sample.is_finite()));
        assert!(out.constant.iter().all(|constant| *constant == 0), "nothing is said to be constant");
        last = out.outputs.iter().map(|channel| channel[63]).collect();
    }
    plugin.deactivate();
    last
}

/// What an input channel holds.
fn held(channel: u16) -> f32 {
    0.25 + 0.125 * f32::from(channel)
}

fn text(pointer: *const std::ffi::c_char) -> Option<&'static CStr> {
    // SAFETY: the types of ports are constants, or null.
    #[allow(unsafe_code, reason = "the C interface")]
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) })
}

#[test]
fn a_host_finds_stereo_first_and_then_mono_and_surround() {
    let plugin = loophole(&through());
    let configs = plugin.configs();
    let channels: Vec<(u32, u32)> = configs
        .iter()
        .map(|config| (config.main_input_channel_count, config.main_output_channel_count))
        .collect();
    assert_eq!(channels[..3], [(2, 2), (1, 1), (1, 2)]);
    for wanted in [(4, 4), (6, 6), (8, 8), (12, 12), (2, 6), (6, 2)] {
        assert!(channels.contains(&wanted), "{wanted:?} is not among {channels:?}");
    }
    assert!(configs.iter().all(|config| (config.input_port_count, config.output_port_count) == (2, 9)));
    let types = |id: u32| {
        assert!(plugin.select(id));
        let port = plugin.ports(true)[0];
        (port.channel_count, text(port.port_type), plugin.speakers(true, 0))
    };
    let by = |input, output| configs[channels.iter().position(|of| *of == (input, output)).unwrap()].id;
    assert_eq!(types(by(1, 1)), (1, Some(CLAP_PORT_MONO), vec![]));
    assert_eq!(types(by(2, 2)), (2, Some(CLAP_PORT_STEREO), vec![]));
    assert_eq!(types(by(6, 6)), (6, Some(CLAP_PORT_SURROUND), vec![0, 1, 2, 3, 4, 5]));
    assert!(!plugin.select(99_999), "there is no such set");
    assert_eq!(plugin.ports(false)[0].channel_count, 6, "so it stays as it was");
}

#[test]
fn every_set_plays_what_comes_in_and_the_other_ports_stay_as_they_are() {
    let state = through();
    let mut plugin = loophole(&state);
    // More than once, as a host switches from activation to activation.
    for config in plugin.configs().into_iter().cycle().take(40) {
        assert!(plugin.select(config.id));
        let (input, output) = (config.main_input_channel_count, config.main_output_channel_count);
        let ports: Vec<u32> = plugin.ports(true).iter().map(|port| port.channel_count).collect();
        assert_eq!(ports, [input, 2]);
        let main: Vec<bool> = plugin.ports(false).iter().map(|port| port.flags & 1 == 1).collect();
        assert_eq!(main, [true, false, false, false, false, false, false, false, false]);
        for in_place in [false, true] {
            let out = play(&mut plugin, Handed { in_place, ..Handed::main(input, output) });
            let (input, output) = (u16::try_from(input).unwrap(), u16::try_from(output).unwrap());
            let expected = |channel: u16| match (input, output) {
                (1, _) => {
                    if channel < 2 {
                        held(0)
                    } else {
                        0.0
                    }
                }
                (_, 1) => 0.5 * (held(0) + held(1)),
                _ => {
                    if channel < input {
                        held(channel)
                    } else {
                        0.0
                    }
                }
            };
            let (main, extra) = out.split_at(usize::from(output));
            assert_eq!(main, (0..output).map(expected).collect::<Vec<_>>(), "{input} to {output}");
            assert_eq!(extra[..2], [held(input), held(input + 1)], "the sidechain");
            assert!(extra[2..].iter().all(|sample| *sample == 0.0));
        }
    }
    assert_eq!(plugin.save().unwrap(), state, "no project knows of the layout");
}

#[test]
fn a_host_can_ask_for_any_number_of_channels_while_we_are_inactive() {
    let mut plugin = loophole(&through());
    for channels in [3, 7, 10, 16, 25, 64] {
        assert!(plugin.configure(&[(true, 0, channels, None), (false, 0, channels, None)]), "{channels}");
        let out = play(&mut plugin, Handed::main(channels, channels));
        let expected: Vec<f32> = (0..u16::try_from(channels).unwrap()).map(held).collect();
        assert_eq!(out[..expected.len()], expected);
    }
    assert!(plugin.configure(&[(true, 0, 1, Some(CLAP_PORT_MONO))]), "one port alone");
    assert_eq!((plugin.ports(true)[0].channel_count, plugin.ports(false)[0].channel_count), (1, 64));
    assert!(plugin.configure(&[(true, 1, 2, None), (false, 0, 2, Some(CLAP_PORT_STEREO))]));
    for refused in [
        (true, 0, 17, None),
        (true, 0, 0, None),
        (true, 0, 65, None),
        (true, 1, 6, None),
        (true, 2, 2, None),
        (false, 9, 2, None),
        (false, 0, 6, Some(CLAP_PORT_STEREO)),
        (false, 0, 7, Some(CLAP_PORT_SURROUND)),
        (false, 0, 4, Some(CLAP_PORT_AMBISONIC)),
        (false, 0, 2, Some(c"whatever")),
    ] {
        assert!(!plugin.configure(&[(true, 0, 2, None), refused]), "{refused:?}");
    }
    assert_eq!((plugin.ports(true)[0].channel_count, plugin.ports(false)[0].channel_count), (1, 2));
    plugin.activate(48_000.0, 64);
    assert!(!plugin.configure(&[(true, 0, 2, None)]), "not while it is active");
    assert!(!plugin.select(plugin.configs()[0].id), "nor so");
}

#[test]
fn a_host_that_gives_less_than_it_chose_is_served_with_what_there_is() {
    let mut plugin = loophole(&through());
    assert!(plugin.configure(&[(true, 0, 6, None), (false, 0, 6, None)]));
    let handed = |inputs: &[Port], outputs: &[Port]| Handed {
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        ..Handed::main(6, 6)
    };
    use Port::{Channels, LastNull, Null};
    // Nothing at all.
    assert!(play(&mut plugin, handed(&[], &[])).is_empty());
    // Only the main ports.
    let out = play(&mut plugin, handed(&[Channels(6)], &[Channels(6)]));
    assert_eq!(out, (0..6).map(held).collect::<Vec<_>>());
    // Fewer channels in, more out.
    let out = play(&mut plugin, handed(&[Channels(2)], &[Channels(8)]));
    assert_eq!(out, [held(0), held(1), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    // An inactive input, and outputs of which some are null.
    let out = play(&mut plugin, handed(&[Null(6), Channels(2)], &[Null(6), Channels(2), Null(2)]));
    assert_eq!(out[..6], [NOT_WRITTEN; 6]);
    assert_eq!(out[6..8], [held(6), held(7)]);
    let out = play(&mut plugin, handed(&[LastNull(6)], &[LastNull(6), Channels(1)]));
    assert_eq!(out, [held(0), held(1), held(2), held(3), held(4), NOT_WRITTEN, 0.0]);
    // The sidechain in mono, to an extra output in mono.
    let out = play(&mut plugin, handed(&[Channels(6), Channels(1)], &[Channels(6), Channels(1)]));
    assert_eq!(out[6], held(6));
}

#[test]
fn a_block_that_is_longer_than_announced_is_refused() {
    let mut plugin = loophole(&through());
    plugin.activate(48_000.0, 64);
    plugin.start();
    assert_eq!(plugin.process(&Block::silent(65)).status, CLAP_PROCESS_ERROR);
    assert_ne!(plugin.process(&Block::silent(64)).status, CLAP_PROCESS_ERROR);
}

#[test]
fn a_block_while_we_are_inactive_is_refused() {
    let mut plugin = loophole(&through());
    for frames in [0, 64] {
        assert_eq!(plugin.process_anyway(&Block::silent(frames)).status, CLAP_PROCESS_ERROR, "before");
    }
    play(&mut plugin, Handed::main(2, 2));
    assert!(plugin.configure(&[(true, 0, 6, None), (false, 0, 6, None)]));
    for frames in [0, 64] {
        assert_eq!(plugin.process_anyway(&Block::silent(frames)).status, CLAP_PROCESS_ERROR, "after");
    }
}

#[test]
fn absurd_lengths_of_blocks_are_refused_and_what_is_refused_is_not_active() {
    let mut plugin = loophole(&through());
    for frames in [0, (1 << 20) + 1, i32::MAX.unsigned_abs(), u32::MAX] {
        assert!(!plugin.try_activate(48_000.0, frames), "{frames}");
        assert_eq!(plugin.process_anyway(&Block::silent(0)).status, CLAP_PROCESS_ERROR);
        assert!(plugin.configure(&[(true, 0, 2, None)]), "it is not active");
    }
    assert_eq!(play(&mut plugin, Handed::main(2, 2))[..2], [held(0), held(1)]);
}
