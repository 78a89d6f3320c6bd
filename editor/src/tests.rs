//! The editor without a window: synthetic input in, commands out.
