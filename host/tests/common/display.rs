//! An X server for windows of plugins, and what can be seen there.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use loophole_host::nested::{PluginController, PluginRequest, WindowOptions, WindowParent};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// An X server without a screen; it ends with the test.
pub struct Server {
    child: Child,
    pub display: String,
}

impl Server {
    pub fn start() -> Self {
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the test needs Xvfb (package xvfb)");
        let mut number = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { child, display: format!(":{}", number.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn options(parent: WindowParent) -> WindowOptions {
    WindowOptions { parent, title: "Gläser".into(), scale: 1.0 }
}

/// The top-level windows and their sizes.
pub fn windows(x: &RustConnection) -> Vec<(u32, (u16, u16))> {
    let children = x.query_tree(x.setup().roots[0].root).unwrap().reply().unwrap().children;
    // One may go while they are asked.
    let size = |window| {
        let geometry = x.get_geometry(window).unwrap().reply().ok()?;
        Some((window, (geometry.width, geometry.height)))
    };
    children.into_iter().filter_map(size).collect()
}

/// Serves a plugin until something is done.
pub fn poll_until(
    controller: &mut PluginController,
    mut done: impl FnMut(&mut PluginController, &[PluginRequest]) -> bool,
) -> Vec<PluginRequest> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut requests = Vec::new();
    loop {
        controller.poll(&mut requests);
        if done(controller, &requests) {
            return requests;
        }
        assert!(Instant::now() < deadline, "it did not happen: {requests:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
