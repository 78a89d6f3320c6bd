//! The documents of the project schema in `docs/specs/` are those of the code.

use std::path::Path;

use loophole_model::schema::document;

/// `cargo xtask specs` sets this to write the files instead of comparing them.
const WRITE: &str = "LOOPHOLE_WRITE_SPECS";

#[test]
fn generated_documents_match_the_project_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/specs");
    let json = serde_json::to_string_pretty(&document::to_json()).expect("a schema is JSON") + "\n";
    for (name, text) in [("project-schema.json", json), ("project-schema.md", document::to_markdown())] {
        let path = folder.join(name);
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(&path, &text).expect("docs/specs can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is stale: run `cargo xtask specs`", path.display());
    }
}
