//! A plugin's window, on an X server of the test's own. Alone in its program, because the display is a variable of the
//! environment, which is one for the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

#[path = "common/display.rs"]
mod display;

use std::time::{Duration, Instant};

use loophole_host::nested::{
    self, PluginController, PluginLocator, PluginRequest, StaticEntry, WindowError, WindowParent,
};
use protocol::{ParamId, PluginFormat, PluginRef};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, PropMode};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use display::{Server, options, poll_until, windows};

/// Loads a test plugin.
fn load(key: &str) -> PluginController {
    // SAFETY: the test plugins guarantee their entry.
    let entry = unsafe { StaticEntry::new(test_units::entry(), c"") };
    let mut locator = PluginLocator::new();
    locator.add_static(&entry).unwrap();
    let plugin = PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{key}") };
    nested::load(&plugin, &locator, None).unwrap()
}

#[test]
fn a_window_opens_grows_closes_and_can_be_embedded() {
    let server = Server::start();
    // SAFETY: this is the only test of the program, and it has started no thread yet.
    unsafe {
        std::env::set_var("DISPLAY", &server.display);
    }
    let (x, _) = RustConnection::connect(Some(&server.display)).unwrap();

    // How large a logical pixel is stands in the resources of the display.
    let root = x.setup().roots[0].root;
    for (resources, scale) in
        [("", 1.0), ("Xft.dpi:\t144\n", 1.5), ("Xft.dpi: huge\n", 1.0), ("*x: 1\n", 1.0)]
    {
        let resource = AtomEnum::RESOURCE_MANAGER;
        x.change_property8(PropMode::REPLACE, root, resource, AtomEnum::STRING, resources.as_bytes())
            .unwrap();
        x.flush().unwrap();
        // The answer to anything comes after.
        x.get_input_focus().unwrap().reply().unwrap();
        assert_eq!(nested::display_scale(), scale, "{resources:?}");
    }

    // A window of its own.
    let mut controller = load("window");
    assert!(controller.has_window());
    controller.open_window(&options(WindowParent::Desktop)).unwrap();
    assert_eq!(controller.window_size(), Some((320, 200)));
    let opened = windows(&x);
    assert_eq!(opened.iter().map(|(_, size)| *size).collect::<Vec<_>>(), [(320, 200)]);
    let container = opened[0].0;
    let picture =
        x.get_image(x11rb::protocol::xproto::ImageFormat::Z_PIXMAP, container, 0, 0, 320, 200, u32::MAX);
    let pixels = picture.unwrap().reply().unwrap().data;
    assert_eq!(&pixels[..3], &[0x60, 0xC0, 0x30], "the plugin's green is not there");

    // Somebody resizes the frame: the plugin follows.
    let size = x11rb::protocol::xproto::ConfigureWindowAux::new().width(500).height(300);
    x.configure_window(container, &size).unwrap();
    x.flush().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while controller.window_size() != Some((500, 300)) {
        assert!(Instant::now() < deadline, "the plugin did not follow");
        controller.poll(&mut Vec::new());
        std::thread::sleep(Duration::from_millis(5));
    }

    // Somebody closes it.
    let atom = |name: &[u8]| x.intern_atom(false, name).unwrap().reply().unwrap().atom;
    let message = ClientMessageEvent::new(
        32,
        container,
        atom(b"WM_PROTOCOLS"),
        [atom(b"WM_DELETE_WINDOW"), 0, 0, 0, 0],
    );
    x.send_event(false, container, EventMask::NO_EVENT, message).unwrap();
    x.flush().unwrap();
    let requests = poll_until(&mut controller, |_, requests| requests.contains(&PluginRequest::WindowClosed));
    assert_eq!(requests, [PluginRequest::WindowClosed]);
    assert_eq!(controller.window_size(), None);

    // A window that asks for another size when shown gets it; dropping the plugin closes it.
    controller.set_param(ParamId(test_units::plugins::window::GROW), 1.0);
    controller.open_window(&options(WindowParent::Desktop)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !windows(&x).iter().any(|(_, size)| *size == (400, 240)) {
        assert!(Instant::now() < deadline, "the frame did not grow: {:?}", windows(&x));
        controller.poll(&mut Vec::new());
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(controller);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !windows(&x).is_empty() {
        assert!(Instant::now() < deadline, "the window is still there");
        std::thread::sleep(Duration::from_millis(5));
    }

    // In somebody else's window.
    let root = x.setup().roots[0].root;
    let mut controller = load("window");
    controller.set_param(ParamId(test_units::plugins::window::GROW), 1.0);
    controller.open_window(&options(WindowParent::Embedded(root.into()))).unwrap();
    let wanted = PluginRequest::WindowSize { width: 400, height: 240 };
    poll_until(&mut controller, |_, requests| requests.contains(&wanted));
    assert_eq!(controller.resize_window(50, 240), Some((100, 240)));
    controller.close_window();

    // A plugin without a window says so.
    let error = load("gain").open_window(&options(WindowParent::Desktop)).unwrap_err();
    assert!(matches!(error, WindowError::Unsupported));
}
