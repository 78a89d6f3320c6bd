//! Builds, runs, tests and bundles Loophole: `cargo xtask help` lists the commands.
//!
//! Needs nothing of the system but Rust: it says what is missing, and installs it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its user")]
#![forbid(unsafe_code)]

mod bench;
mod bundle;
mod command;
mod counts;
mod hosts;
mod packages;
mod run;
mod steps;
mod test;
mod tidy;
mod tools;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <COMMAND> [--yes]

  run [ARGS..]      build Loophole and open it with the demo song (ARGS go to `loophole`)
  test              everything: format, tidy, lints, docs, licences, tests, third-party hosts
  test --quick      the same without third-party hosts and licences
  bundle [ARGS..]   make Loophole.clap and Loophole.vst3 in target/bundled (ARGS go to cargo; try --release)
  install           the same with --release, copied to ~/.clap and ~/.vst3
  bench [FILTER]    the benches, each beside its floor
  peers             rendering and scanning beside DawDreamer, Pedalboard and Ardour
  counts            instructions that the engine takes per node, against a limit
  miri              the engine's unsafe core under Miri (wants a nightly toolchain)
  ci                what a continuous-integration machine runs: `test --yes`
  tidy              crate arrows, file sizes, documents
  specs             write docs/specs and docs/lua anew from the code

  --yes             install missing system packages without asking
";

fn main() -> Result<()> {
    nice_plug_xtask::chdir_workspace_root()?;
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let consent = packages::Consent::from_args(&mut args);
    let command = if args.is_empty() { "help".to_owned() } else { args.remove(0) };
    match command.as_str() {
        "run" => run::run(&args, consent),
        "test" => test::test(test::Scope::from_args(&args)?, consent),
        "ci" => test::test(test::Scope::Everything, packages::Consent::Given),
        "bundle" => bundle::bundle(&args, consent).map(drop),
        "install" => bundle::install(consent),
        "bench" => bench::bench(&args, consent),
        "peers" => bench::peers(consent),
        "counts" => counts::counts(consent),
        "miri" => test::miri(consent),
        "tidy" => tidy::tidy(),
        "specs" => test::write_specs(consent),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command '{other}'\n\n{HELP}"),
    }
}
