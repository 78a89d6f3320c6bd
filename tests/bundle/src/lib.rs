//! The test plugins as a CLAP bundle. Only the exported symbol is here: a program that links the plugins as a library
//! may export an entry point of its own.

clack_plugin::clack_export_entry!(test_units::TestPlugins);
