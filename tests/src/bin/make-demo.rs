//! Writes the demo song to `demo/`.

use std::path::Path;

fn main() {
    let song = loophole_tests::demo::make();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/Demo.loophole");
    std::fs::create_dir_all(path.parent().expect("PANIC: the path has a parent")).expect("demo/ can be made");
    model::file::save(&song.project(), &song.blobs, &path).expect("the demo song can be saved");
}
