//! `state`: keeps any bytes, a mebibyte of them to begin with, and refuses malformed ones.

use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit, plain};

/// The plugin.
#[derive(Default)]
pub struct Heavy;

impl Unit for Heavy {
    const SPEC: Spec =
        Spec::effect("state", "Test State", &[Param::new(1, "Value", (-1e300, 1e300), 0.0, plain)]);

    fn created(shared: &Shared<'_>, _host: &HostMainThreadHandle<'_>) {
        let mut noise = 1_u32;
        let bytes = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        });
        if let Ok(mut blob) = shared.blob.lock() {
            *blob = bytes.take(1 << 20).collect();
        }
    }
}
