//! The documents in `docs/lua` are those that the declarations give.

use std::path::Path;

use loophole_scripting::{RunOptions, docs, run};

/// Writes them with `LOOPHOLE_WRITE_SPECS` set, as `cargo xtask specs` does; otherwise compares.
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lua").join(name);
    if std::env::var_os("LOOPHOLE_WRITE_SPECS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("docs/lua can be made");
        std::fs::write(&path, text).expect("docs/lua can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{} is stale: run `cargo xtask specs`", path.display());
}

#[test]
fn generated_documents_of_the_lua_api_are_current() {
    check("loophole.lua", &docs::stubs());
    check("README.md", &docs::reference());
}

#[test]
fn the_stubs_are_lua_and_name_everything() {
    let outcome = run(&docs::stubs(), model::Pulse::new().project(), RunOptions::new("stubs"));
    assert_eq!(outcome.error, None);
    for name in [
        "function Clip_:set_notes(notes) end",
        "function core.schema.get_fields(table) end",
        "volume_db number",
    ] {
        assert!(docs::stubs().contains(name), "{name}");
    }
}
