//! `cargo xtask test`: everything that must hold on main.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{self, cargo};
use crate::packages::{self, Consent};
use crate::steps::Steps;
use crate::{bundle, counts, hosts, tidy, tools};

/// How much to test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Everything,
    /// Without third-party hosts and the licence check.
    Quick,
}

impl Scope {
    /// Reads the arguments of `test`.
    pub fn from_args(args: &[String]) -> Result<Self> {
        match args {
            [] => Ok(Self::Everything),
            [quick] if quick == "--quick" => Ok(Self::Quick),
            other => bail!("test takes --quick or nothing, not {other:?}"),
        }
    }
}

/// Runs every check and prints a summary.
pub fn test(scope: Scope, consent: Consent) -> Result<()> {
    let needed: &[&[&str]] = match scope {
        Scope::Everything => &[packages::BUILD, packages::WINDOW, packages::TEST],
        Scope::Quick => &[packages::BUILD],
    };
    packages::ensure(needed, consent)?;
    tools::nextest()?;

    let mut steps = Steps::default();
    steps.run("format", || command::run(&mut cargo(&["fmt", "--all", "--check"])));
    steps.run("tidy", tidy::tidy);
    steps.run("lints", || {
        let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
        command::run(&mut cargo(&clippy))
    });
    steps.run("docs", || {
        let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
        command::run(doc.env("RUSTDOCFLAGS", "--deny warnings"))
    });
    let mut python = None;
    if scope == Scope::Everything {
        steps.run("Python", || {
            python = Some(tools::python()?);
            Ok(())
        });
    }
    let mut bundled = None;
    steps.run("bundles", || {
        // One build serves the bundles, the tests and the hosts.
        command::run(&mut cargo(&["build", "--workspace", "--all-targets", "--locked"]))?;
        bundled = Some(bundle::bundle_built(&[])?);
        Ok(())
    });
    steps.run("tests", || {
        let mut nextest = cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
        if let Some(python) = &python {
            // Tests that need Python packages may not go without.
            nextest.env("LOOPHOLE_TEST_PYTHON", python);
        }
        command::run(nextest.args(["--status-level", "fail", "--final-status-level", "fail"]))
    });
    match tools::rtsan_runtime()? {
        Some(runtime) => steps.run("real time, with RealtimeSanitizer", || {
            let mut nextest = cargo(&["nextest", "run", "--workspace", "--locked", "--test", "realtime"]);
            let leave = std::path::absolute("tests/rtsan.supp")?;
            nextest.env("RTSAN_OPTIONS", format!("suppressions={}", leave.display()));
            command::run(nextest.env("RTSAN_ENABLE", "1").env("RTSAN_LIB_PATH", runtime))
        }),
        None => steps
            .run("real time, WITHOUT RealtimeSanitizer: the toolchain has no runtime for it", || {
                command::run(&mut cargo(&["nextest", "run", "--workspace", "--locked", "--test", "realtime"]))
            }),
    }
    steps.run("doc tests", || {
        command::run(&mut cargo(&["test", "--workspace", "--doc", "--locked", "--quiet"]))
    });
    if scope == Scope::Everything {
        steps.run("instruction counts", || counts::counts(consent));
        steps.run("licences", || {
            let mut deny = Command::new(tools::deny()?);
            command::run(deny.args(["check", "licenses", "bans", "sources"]))
        });
        if let (Some(bundled), Some(python)) = (&bundled, &python) {
            steps.run("third-party hosts", || hosts::test(bundled, python));
        }
    }
    steps.finish()
}

/// Writes the generated documents anew.
pub fn write_specs(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD], consent)?;
    tools::nextest()?;
    let mut nextest = cargo(&["nextest", "run", "--workspace", "generated_documents"]);
    command::run(nextest.env("LOOPHOLE_WRITE_SPECS", "1"))
}

/// Runs the engine's unsafe core in Miri, which knows undefined behaviour when it sees it: the threads that share a block, and
/// a new plan while they play. Takes some minutes, and a nightly toolchain.
pub fn miri(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD], consent)?;
    tools::miri()?;
    let mut miri = Command::new("rustup");
    miri.args(["run", "nightly", "cargo", "miri", "test", "--package", "loophole-host", "--lib", "--"]);
    // Loom switches stacks by itself, which Miri does not follow.
    miri.args(["--skip", "crew::model", "engine::crew", "engine::kept", "engine::processor::voices"]);
    miri.arg("engine::tests::threads::plans_change_while");
    // The cargo that runs us says which toolchain it is.
    miri.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    command::run(miri.env("MIRIFLAGS", "-Zmiri-disable-isolation -Zmiri-ignore-leaks"))
}
