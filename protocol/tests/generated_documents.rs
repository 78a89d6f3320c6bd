//! The JSON Schemas in `docs/specs/` are those of the code.

use std::path::Path;

/// `cargo xtask specs` sets this to write the files instead of comparing them.
const WRITE: &str = "LOOPHOLE_WRITE_SPECS";

#[test]
fn generated_documents_match_the_contracts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/specs");
    for (name, schema) in loophole_protocol::schema::schemas() {
        let path = folder.join(format!("{name}.schema.json"));
        let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(&path, &text).expect("docs/specs can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is stale: run `cargo xtask specs`", path.display());
    }
}
