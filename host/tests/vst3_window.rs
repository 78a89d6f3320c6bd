//! Windows of VST3 plugins, on an X server of the test's own. Alone in its program, because the display is a variable of
//! the environment, which is one for the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

#[path = "common/display.rs"]
mod display;
#[path = "vst3/rig.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod rig;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use loophole_host::RenderMode;
use loophole_host::event::{EventKind, EventList, Events};
use loophole_host::nested::{PluginController, PluginLocator, PluginRequest, WindowParent};
use loophole_host::processor::{BlockTransport, BusBuffer, NodeBlock, ProcessStatus};
use loophole_host::scan;
use loophole_test_vst3::probe::{BEND, GAIN};
use protocol::ParamId;
use protocol::telemetry::Gesture;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt as _, ImageFormat, InputFocus};
use x11rb::rust_connection::RustConnection;

use display::{Server, options, poll_until, windows};
use rig::{Bundle, Rig, load};

#[test]
fn windows_open_grow_and_close() {
    let server = Server::start();
    // SAFETY: this is the only test of the program, and it has started no thread yet.
    unsafe {
        std::env::set_var("DISPLAY", &server.display);
    }
    let (x, _) = RustConnection::connect(Some(&server.display)).unwrap();
    the_probe_grows_and_moves_its_gain(&x);
    a_view_that_cannot_decide_on_a_size_gets_its_last(&x);
    a_plugin_does_not_rest_while_its_window_is_open();
    every_zam_plugin_draws(&x);
}

fn the_probe_grows_and_moves_its_gain(x: &RustConnection) {
    let bundle = Bundle::new();
    let mut controller = bundle.load("Probe");
    assert!(controller.has_window());
    controller.open_window(&options(WindowParent::Desktop)).unwrap();
    let container = windows(x)[0].0;
    assert!(controller.next_timer().is_some(), "it has registered its timer");
    // Its first timer wants another size, its second is a hand on the gain; it is inactive, so that is a request.
    let moved = |gesture| move |request: &PluginRequest| matches!(request, PluginRequest::ParamMoved { gesture: is, .. } if *is == gesture);
    let requests = poll_until(&mut controller, |_, requests| requests.iter().any(moved(Gesture::End)));
    let change = PluginRequest::ParamMoved { param: ParamId(GAIN), value: 0.25, gesture: Gesture::Change };
    assert!(requests.contains(&change), "{requests:?}");
    assert_eq!(controller.window_size(), Some((320, 200)));
    assert_eq!(windows(x)[0].1, (320, 200));
    // Somebody resizes the frame: the view takes the nearest size it likes.
    x.configure_window(container, &ConfigureWindowAux::new().width(507).height(303)).unwrap();
    x.flush().unwrap();
    poll_until(&mut controller, |controller, _| controller.window_size() == Some((500, 300)));
    // And the frame goes back to that.
    poll_until(&mut controller, |_, _| windows(x)[0].1 == (500, 300));
    assert_eq!(controller.resize_window(409, 250), Some((400, 250)));
    it_hears_of_the_keyboard(x, &mut controller, container);
    controller.close_window();
    assert!(controller.next_timer().is_none());
    // The server hears of it by another connection than ours.
    poll_until(&mut controller, |_, _| windows(x).is_empty());

    // In somebody else's window, while it runs: the hand comes out of the audio thread.
    let parent = window_of_somebody(x);
    let mut rig = Rig::new(controller);
    rig.feed(0, 1.0);
    rig.controller.open_window(&options(WindowParent::Embedded(parent.into()))).unwrap();
    let wanted = PluginRequest::WindowSize { width: 320, height: 200 };
    poll_until(&mut rig.controller, |_, requests| requests.contains(&wanted));
    let mut kinds = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !kinds.contains(&EventKind::GestureEnd { param: ParamId(GAIN) }) {
        assert!(Instant::now() < deadline, "{kinds:?}");
        rig.poll();
        rig.process(16, &[]);
        kinds.extend(rig.events.iter().map(|event| event.kind));
    }
    assert_eq!(kinds[0], EventKind::GestureBegin { param: ParamId(GAIN) });
    assert_eq!(rig.outputs[0].channel(0)[0], 0.25, "the component hears of it in the same block");
    rig.controller.close_window();
    x.destroy_window(parent).unwrap();
    x.flush().unwrap();
}

fn it_hears_of_the_keyboard(x: &RustConnection, controller: &mut PluginController, container: u32) {
    let told = |value| {
        let (param, gesture) = (ParamId(BEND), Gesture::Change);
        move |requests: &[PluginRequest]| {
            requests.contains(&PluginRequest::ParamMoved { param, value, gesture })
        }
    };
    let focus = |window| {
        x.set_input_focus(InputFocus::POINTER_ROOT, window, x11rb::CURRENT_TIME).unwrap();
        x.flush().unwrap();
    };
    focus(container);
    poll_until(controller, |_, requests| told(1.0)(requests));
    // A window within it, as the plugin's own is, is no news.
    let inner = window_in(x, container);
    focus(inner);
    focus(container);
    focus(inner);
    let mut requests = Vec::new();
    x.get_input_focus().unwrap().reply().unwrap();
    controller.poll(&mut requests);
    assert!(!told(0.0)(&requests) && !told(1.0)(&requests), "{requests:?}");
    let other = window_of_somebody(x);
    focus(other);
    poll_until(controller, |_, requests| told(0.0)(requests));
    focus(inner);
    poll_until(controller, |_, requests| told(1.0)(requests));
    focus(x.setup().roots[0].root);
    x.destroy_window(other).unwrap();
    poll_until(controller, |_, requests| told(0.0)(requests));
}

/// Nothing tells a host that somebody plays the keyboard in a plugin's own window, or listens to a sample there.
fn a_plugin_does_not_rest_while_its_window_is_open() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Resize"));
    let block = |rig: &mut Rig| {
        let (input, mut output) = (BusBuffer::new(2, 16), BusBuffer::new(2, 16));
        rig.processor.process(&mut NodeBlock {
            frames: 16,
            audio_in: &[input.input().known_silent()],
            audio_out: &mut [output.output()],
            events_in: Events::EMPTY,
            events_out: &mut EventList::with_capacity(16),
            transport: &BlockTransport::default(),
            mode: RenderMode::Realtime,
        })
    };
    assert_eq!(block(&mut rig), ProcessStatus::Tail);
    rig.poll();
    rig.controller.open_window(&options(WindowParent::Desktop)).unwrap();
    assert!(rig.poll().contains(&PluginRequest::Wake));
    assert_eq!(block(&mut rig), ProcessStatus::Continue);
    rig.controller.close_window();
    assert_eq!(block(&mut rig), ProcessStatus::Tail);
}

/// A window of another program, for a view to be put in.
fn window_of_somebody(x: &RustConnection) -> u32 {
    window_in(x, x.setup().roots[0].root)
}

/// A window within another.
fn window_in(x: &RustConnection, root: u32) -> u32 {
    let parent = x.generate_id().unwrap();
    let look = x11rb::protocol::xproto::CreateWindowAux::new();
    let class = x11rb::protocol::xproto::WindowClass::INPUT_OUTPUT;
    x.create_window(x11rb::COPY_DEPTH_FROM_PARENT, parent, root, 0, 0, 200, 100, 0, class, 0, &look).unwrap();
    x.map_window(parent).unwrap();
    x.flush().unwrap();
    parent
}

fn a_view_that_cannot_decide_on_a_size_gets_its_last(x: &RustConnection) {
    let bundle = Bundle::new();
    let mut controller = bundle.load("Resize");
    controller.open_window(&options(WindowParent::Desktop)).unwrap();
    poll_until(&mut controller, |_, _| windows(x)[0].1 == (199, 101));
    controller.close_window();
    let parent = window_of_somebody(x);
    controller.open_window(&options(WindowParent::Embedded(parent.into()))).unwrap();
    // A hundred at a time, of which we hear the last.
    for _ in 0..3 {
        let requests = poll_until(&mut controller, |_, requests| !requests.is_empty());
        assert_eq!(requests, [PluginRequest::WindowSize { width: 199, height: 101 }]);
    }
    controller.close_window();
    x.destroy_window(parent).unwrap();
    x.flush().unwrap();
}

/// How many different pixels a window shows.
fn colours(x: &RustConnection, window: u32, (width, height): (u16, u16)) -> usize {
    let picture = x.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, u32::MAX).unwrap();
    picture
        .reply()
        .unwrap()
        .data
        .chunks_exact(4)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect::<BTreeSet<_>>()
        .len()
}

fn every_zam_plugin_draws(x: &RustConnection) {
    let mut locator = PluginLocator::new();
    for file in scan::find_plugin_files(&["/usr/lib/vst3".into()]) {
        if !file.file_name().unwrap().to_string_lossy().to_lowercase().starts_with("zam") {
            continue;
        }
        let plugin = locator.add_file(&file).unwrap().remove(0);
        let mut controller = load(&locator, &plugin.plugin);
        controller.open_window(&options(WindowParent::Desktop)).unwrap();
        let (window, size) = windows(x)[0];
        let (width, height) = controller.window_size().unwrap();
        assert_eq!((u32::from(size.0), u32::from(size.1)), (width, height), "{}", plugin.name);
        poll_until(&mut controller, |_, _| colours(x, window, size) > 20);
        if let Some(folder) = std::env::var_os("LOOPHOLE_SCREENSHOTS") {
            let file = std::path::Path::new(&folder).join(format!("{}.png", plugin.name));
            let id = window.to_string();
            let import = Command::new("import").args(["-window", &id]).arg(file).status();
            assert!(import.unwrap().success());
        }
        controller.close_window();
        poll_until(&mut controller, |_, _| windows(x).is_empty());
    }
}
